import { sampleTransform } from '@nnunet/augment/transforms';
import { nnUNetTrainerV2 } from '@nnunet/trainer';

/** Ghosts of MRI: periodic motion during the scan repeats the image, faintly, at equal distances along one axis. */
export const ghosting = sampleTransform(
  'ghosting',
  (random, settings, sample) => ({
    axis: sample.axes[random.integer(sample.axes.length)],
    ghosts: 2 + random.integer(3),
    strength: random.uniformBetween(...settings.strength),
  }),
  ({ data, shape, channels }, { axis, ghosts, strength }) => {
    const edge = shape[axis];
    const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const sharp = data.slice();
    for (let ghost = 1; ghost < ghosts; ghost++) {
      const shift = Math.round((ghost * edge) / ghosts);
      for (let i = 0; i < data.length; i++) {
        const at = Math.floor(i / stride) % edge;
        data[i] += (strength / (ghosts - 1)) * (sharp[i + (((at + shift) % edge) - at) * stride] - sharp[i]);
      }
    }
  },
);

export class GhostingTrainer extends nnUNetTrainerV2 {
  recipe(batchSize) {
    return { ...super.recipe(batchSize), ghosting: { probability: 0.5, strength: [0.2, 0.5] } };
  }
}
