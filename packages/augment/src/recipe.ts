import { usageError } from '@nnunet/errors';
import { deepSupervisionScales } from './deep-supervision.ts';
import { enlargedPatchSize } from './patch-size.ts';

/** [lowest, highest] */
export type Range = readonly [number, number];

/** Applied to a sample with this probability. */
interface PerSample {
  probability: number;
}

/** Then to each channel with this one. */
interface PerChannel extends PerSample {
  channelProbability: number;
}

export interface SpatialRecipe {
  rotationProbability: number;
  /** rad about axis 0, 1, 2; in the plane of slices the first alone is used. */
  rotation: readonly Range[];
  scaleProbability: number;
  /** Above 1 shows more. With the lowest below 1, half of the draws are below 1. */
  scale: Range;
}

/**
 * How batches are made: plain data, so that it can be stored and sent to threads. A part that is null (or an empty list)
 * is switched off: `{ ...recipeV2(…), noise: null }`.
 */
export interface AugmentationRecipe {
  /** What the network sees, in voxels: (z, y, x), or (y, x) for slices. */
  patchSize: readonly number[];
  /** What is cut for training before the spatial transform; same number of axes. */
  loaderPatchSize: readonly number[];
  batchSize: number;
  /** Share of the batch that must show foreground. */
  oversampleForeground: number;
  /** Spatial transform slice by slice and no loss of resolution along axis 0: for anisotropic 3D patches. */
  dummy2D: boolean;
  spatial: SpatialRecipe | null;
  /** Standard deviation of the noise. */
  noise: (PerSample & { sd: Range }) | null;
  /** Sigma in voxels. */
  blur: (PerChannel & { sigma: Range }) | null;
  brightness: (PerSample & { factor: Range }) | null;
  contrast: (PerSample & { factor: Range }) | null;
  lowResolution: (PerChannel & { zoom: Range }) | null;
  gammaInverted: (PerSample & { gamma: Range; retainStats: boolean }) | null;
  gamma: (PerSample & { gamma: Range; retainStats: boolean }) | null;
  /** Each is mirrored with probability 0.5; axes of `patchSize`. */
  mirrorAxes: readonly number[];
  /** Modalities that are 0 outside the nonzero mask. */
  maskedChannels: readonly number[];
  /** The previous stage's labels as further channels, one per class, grown and shrunk by balls of a radius in voxels. */
  cascade: { classes: readonly number[]; balls: (PerSample & { radius: Range }) | null } | null;
  /** Labels of each region; the target then has a binary channel per region instead of labels. */
  regions: readonly (readonly number[])[] | null;
  /** One target per entry, relative to the patch, highest resolution first; axes as in `patchSize`. */
  deepSupervisionScales: readonly (readonly number[])[];
}

export interface RecipeV2Options {
  /** Final patch in voxels, 3 or 2 entries. */
  patchSize: readonly number[];
  batchSize: number;
  /** `do_dummy_2D_data_aug` of the plans. */
  dummy2D?: boolean;
  /** `pool_op_kernel_sizes` of the plans; without them there is the full resolution target alone. */
  poolKernels?: readonly (readonly number[])[];
  /** Modalities with `use_mask_for_norm`. */
  maskedChannels?: readonly number[];
  /** Foreground classes, when the previous stage's labels are an input. */
  cascadeClasses?: readonly number[];
  regions?: readonly (readonly number[])[];
}

const degrees = (angle: number): Range => [(-angle * Math.PI) / 180, (angle * Math.PI) / 180];
/** v1 enlarges the patch while its table still holds this scale (spec: augment §2). */
const ENLARGEMENT_SCALE = 0.85;

/** What nnUNetTrainerV2 does to its training batches (v1: setup_DA_params, get_moreDA_augmentation; spec: augment §3, §4). */
export function recipeV2(options: RecipeV2Options): AugmentationRecipe {
  const { patchSize, batchSize, dummy2D = false } = options;
  const dimension = patchSize.length;
  if ((dimension !== 2 && dimension !== 3) || (dummy2D && dimension === 2)) {
    throw usageError({
      what: `no augmentation for a patch of ${patchSize.join(' x ')}${dummy2D ? ' with dummy 2D' : ''}`,
      remedy: 'Give 3 sizes (z, y, x) or 2 (y, x); dummy 2D needs 3.',
    });
  }
  const elongated = Math.max(...patchSize) / Math.min(...patchSize) > 1.5;
  const rotation =
    dimension === 2
      ? [degrees(elongated ? 15 : 180)]
      : dummy2D
        ? [degrees(180)]
        : [degrees(30), degrees(30), degrees(30)];
  return {
    patchSize: [...patchSize],
    loaderPatchSize: enlargedPatchSize(
      { patchSize, rotation: rotation.map((r) => r[1]), smallestScale: ENLARGEMENT_SCALE },
      dummy2D,
    ),
    batchSize,
    oversampleForeground: 0.33,
    dummy2D,
    spatial: { rotationProbability: 0.2, rotation, scaleProbability: 0.2, scale: [0.7, 1.4] },
    noise: { probability: 0.1, sd: [0, 0.1] },
    blur: { probability: 0.2, channelProbability: 0.5, sigma: [0.5, 1] },
    brightness: { probability: 0.15, factor: [0.75, 1.25] },
    contrast: { probability: 0.15, factor: [0.75, 1.25] },
    lowResolution: { probability: 0.25, channelProbability: 0.5, zoom: [0.5, 1] },
    gammaInverted: { probability: 0.1, gamma: [0.7, 1.5], retainStats: true },
    gamma: { probability: 0.3, gamma: [0.7, 1.5], retainStats: true },
    mirrorAxes: patchSize.map((_, d) => d),
    maskedChannels: options.maskedChannels ?? [],
    cascade: options.cascadeClasses
      ? { classes: options.cascadeClasses, balls: { probability: 0.4, radius: [1, 8] } }
      : null,
    regions: options.regions ?? null,
    deepSupervisionScales: options.poolKernels ? deepSupervisionScales(options.poolKernels) : [patchSize.map(() => 1)],
  };
}
