import { sampleTransform } from '@nnunet/augment/transforms';
import { nnUNetTrainerV2 } from '@nnunet/trainer';

/** Ghosts of MRI: breathing during the scan repeats the image, faintly, on both sides at a distance along one axis. */
export const ghosting = sampleTransform(
  'ghosting',
  (random, settings, { axes, spacing }) => {
    const axis = axes[random.integer(axes.length)];
    const voxels = Math.max(1, Math.round(random.uniformBetween(...settings.distance) / spacing[axis]));
    return { axis, voxels, strength: random.uniformBetween(...settings.strength) };
  },
  // data: (channels, z, y, x); seg, the labels, stays as it is.
  ({ data, shape }, { axis, voxels, strength }) => {
    const sharp = data.slice();
    const edge = shape[axis];
    const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    for (let i = 0; i < data.length; i++) {
      const at = Math.floor(i / stride) % edge;
      const ghostAt = (shifted) => sharp[i + ((((shifted % edge) + edge) % edge) - at) * stride];
      data[i] = (1 - strength) * sharp[i] + (strength / 2) * (ghostAt(at - voxels) + ghostAt(at + voxels));
    }
  },
);

/** Its settings are stored in the recipe under its name: distance in mm, strength as a share of the intensity. */
export class GhostingTrainer extends nnUNetTrainerV2 {
  recipe(batchSize) {
    return { ...super.recipe(batchSize), ghosting: { probability: 0.5, distance: [8, 16], strength: [0.3, 0.6] } };
  }
}
