import type { LabelsV2 } from '@nnunet/schema';
import { annotatedLabels, targetRegions } from '@nnunet/schema/internal';
import { deepSupervisionScales } from '../deep-supervision.ts';
import type { AugmentationRecipe } from '../recipe.ts';
import { withRotation } from '../recipe-v1.ts';

export interface RecipeOptionsV2 {
  /** Size of the final patch in voxels: (z, y, x), or (y, x) for slices. */
  patchSize: readonly number[];
  batchSize: number;
  labels: Pick<LabelsV2, 'all' | 'foreground' | 'ignore' | 'regions'>;
  /** Strides of the network from each stage to the next. Default: only the full resolution target. */
  poolKernels?: readonly (readonly number[])[];
  /** Channels with `use_mask_for_norm`. */
  maskedChannels?: readonly number[];
  /** Whether the labels of a previous stage are an input. Default: false. */
  cascade?: boolean;
}

/**
 * Returns the augmentation that nnU-Net v2's nnUNetTrainer applies to its training batches. Rotations are about the patch's
 * axes in the opposite sense (v1's), which the symmetric ranges do not show; gamma curves are v1's, whose epsilons differ by
 * less than float32 shows.
 * Origin: v2's nnUNetTrainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size and get_training_transforms.
 */
export function recipeV2(options: RecipeOptionsV2): AugmentationRecipe {
  const { patchSize, batchSize, labels, poolKernels, cascade = false } = options;
  const greatest = Math.max(...patchSize);
  const flat = patchSize.length === 2;
  const dummy2D = !flat && greatest / patchSize[0]! > 3;
  const elongated = flat && greatest / Math.min(...patchSize) > 1.5;
  const { foreground } = labels;
  const recipe: AugmentationRecipe = {
    patchSize: [...patchSize],
    loaderPatchSize: patchSize,
    batchSize,
    oversampleForeground: 0.33,
    annotated: annotatedLabels(labels)?.join() ?? null,
    slices: 'voxels',
    dummy2D,
    spatial: {
      interpolation: 'linear',
      rotationProbability: 0.2,
      rotation: [],
      scaleProbability: 0.2,
      scale: [0.7, 1.4],
      scaleDraw: 'evenly',
    },
    noise: { probability: 0.1, sd: [0, 0.1] },
    shortBlur: { probability: 0.2, channelProbability: 0.5, sigma: [0.5, 1] },
    brightness: { probability: 0.15, factor: [0.75, 1.25], aroundOne: true },
    contrast: { probability: 0.15, factor: [0.75, 1.25] },
    lowResolution: { probability: 0.25, channelProbability: 0.5, zoom: [0.5, 1], order: 1 },
    gammaInverted: { probability: 0.1, gamma: [0.7, 1.5], retainStats: true },
    gamma: { probability: 0.3, gamma: [0.7, 1.5], retainStats: true },
    mirror: { axes: patchSize.map((_, d) => d) },
    maskedChannels: options.maskedChannels ?? [],
    cascade: cascade
      ? {
          classes: foreground,
          balls: { probability: 0.4, labelProbability: 0.5, radius: [1, 8], shape: 'window' },
          removal: {
            probability: 0.2,
            labelProbability: 0.5,
            greatestShare: 0.15,
            refillProbability: 0,
            diagonal: true,
          },
        }
      : null,
    regions: targetRegions(labels),
    deepSupervisionScales: poolKernels ? deepSupervisionScales(poolKernels) : [patchSize.map(() => 1)],
  };
  if (flat) return withRotation(recipe, elongated ? 15 : 180, 0);
  return withRotation(recipe, dummy2D ? 180 : 30, 30);
}
