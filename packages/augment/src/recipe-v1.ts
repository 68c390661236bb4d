import { usageError } from '@nnunet/errors';
import type { LabelsV2 } from '@nnunet/schema';
import { annotatedLabels, targetRegions } from '@nnunet/schema/internal';
import { deepSupervisionScales } from './deep-supervision.ts';
import { enlargedPatchSize } from './patch-size.ts';
import type { AugmentationRecipe } from './recipe.ts';
import type { Range } from './transform-entry.ts';

export interface RecipeV1Options {
  /** Size of the final patch in voxels, 3 or 2 values. */
  patchSize: readonly number[];
  batchSize: number;
  /** The plans' `do_dummy_2D_data_aug`. */
  dummy2D?: boolean;
  /** The plans' `pool_op_kernel_sizes`. Default: only the full resolution target. */
  poolKernels?: readonly (readonly number[])[];
  /** Modalities with `use_mask_for_norm`. */
  maskedChannels?: readonly number[];
  /** Foreground classes, if the previous stage's labels are an input. */
  cascadeClasses?: readonly number[];
  /** What is learnt. Default: labels, all annotated. */
  labels?: Pick<LabelsV2, 'all' | 'ignore' | 'regions'>;
}

const degrees = (angle: number): Range => [(-angle * Math.PI) / 180, (angle * Math.PI) / 180];
/** v1 enlarges the patch while its table still contains this scale. */
const ENLARGEMENT_SCALE = 0.85;

/**
 * Returns the augmentation that nnU-Net v1's nnUNetTrainerV2 applies to its training batches (setup_DA_params,
 * get_moreDA_augmentation).
 */
export function recipeV1(options: RecipeV1Options): AugmentationRecipe {
  const { patchSize, batchSize, dummy2D = false, labels = { all: [], ignore: null, regions: null } } = options;
  const dimension = patchSize.length;
  if ((dimension !== 2 && dimension !== 3) || (dummy2D && dimension === 2)) {
    throw usageError({
      what: `no augmentation for a patch of ${patchSize.join(' x ')}${dummy2D ? ' with dummy 2D' : ''}`,
      remedy: 'Give 3 sizes (z, y, x) or 2 (y, x); dummy 2D needs 3.',
    });
  }
  const elongated = Math.max(...patchSize) / Math.min(...patchSize) > 1.5;
  const [about0, others] = dimension === 2 ? [elongated ? 15 : 180, 0] : dummy2D ? [180, 0] : [30, 30];
  const recipe: AugmentationRecipe = {
    patchSize: [...patchSize],
    loaderPatchSize: patchSize,
    batchSize,
    oversampleForeground: 0.33,
    dummy2D,
    spatial: { rotationProbability: 0.2, rotation: [], scaleProbability: 0.2, scale: [0.7, 1.4] },
    noise: { probability: 0.1, sd: [0, 0.1] },
    blur: { probability: 0.2, channelProbability: 0.5, sigma: [0.5, 1] },
    brightness: { probability: 0.15, factor: [0.75, 1.25] },
    contrast: { probability: 0.15, factor: [0.75, 1.25] },
    lowResolution: { probability: 0.25, channelProbability: 0.5, zoom: [0.5, 1] },
    gammaInverted: { probability: 0.1, gamma: [0.7, 1.5], retainStats: true },
    gamma: { probability: 0.3, gamma: [0.7, 1.5], retainStats: true },
    mirror: { axes: patchSize.map((_, d) => d) },
    maskedChannels: options.maskedChannels ?? [],
    cascade: options.cascadeClasses
      ? { classes: options.cascadeClasses, balls: { probability: 0.4, radius: [1, 8] } }
      : null,
    regions: targetRegions(labels),
    ...(labels.ignore !== null && { annotated: annotatedLabels(labels)!.join(), ignoreLabel: labels.ignore }),
    deepSupervisionScales: options.poolKernels ? deepSupervisionScales(options.poolKernels) : [patchSize.map(() => 1)],
  };
  return withRotation(recipe, about0, others);
}

/**
 * Returns the recipe with rotations of up to the given angles in degrees, and a loader patch that accommodates them.
 *
 * @param about0 maximum angle about axis 0, or within slices (2D and dummy 2D, where it is the only rotation)
 * @param smallestScale minimum scale that the loader patch accommodates
 */
export function withRotation(
  recipe: AugmentationRecipe,
  about0: number,
  others: number,
  smallestScale = ENLARGEMENT_SCALE,
): AugmentationRecipe {
  const { patchSize, dummy2D, spatial } = recipe;
  const inPlane = dummy2D || patchSize.length === 2;
  const rotation = inPlane ? [degrees(about0)] : [degrees(about0), degrees(others), degrees(others)];
  const loaderPatchSize = enlargedPatchSize({ patchSize, rotation: rotation.map((r) => r[1]), smallestScale }, dummy2D);
  return { ...recipe, loaderPatchSize, spatial: spatial && { ...spatial, rotation } };
}
