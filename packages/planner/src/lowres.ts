import type { StagePlans } from '@nnunet/schema';
import { product } from './percentile.ts';

/**
 * The median case may have fewer than this many times the voxels of a full resolution patch; else a lower resolution
 * is planned for, at which a patch shows at least one part in this many of the case.
 */
export const HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0 = 4;

export interface LowresInput {
  /** The full resolution stage, network order. */
  fullres: StagePlans;
  /** Target spacing of full resolution, mm, axes of the image: the last bit of the voxel counts depends on the order. */
  spacing: readonly number[];
  /** Median shape at full resolution, voxels, not rounded, axes of the image. */
  medianShape: readonly number[];
  /** See {@link HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0}. */
  factor: number;
  /** Plans a stage at another spacing (mm, axes of the image). */
  planStage(spacing: readonly number[]): StagePlans;
}

/** The low resolution stage, or null and why there is none. */
export interface LowresChoice {
  stage: StagePlans | null;
  /** `shown-enough`: a full resolution patch is large enough; `hardly-smaller`: more than half of the voxels would remain. */
  because: 'needed' | 'shown-enough' | 'hardly-smaller';
}

/**
 * The low resolution stage of the cascade, or none where it is not needed. The spacing grows by one per cent at a time,
 * first along the axes more than twice as fine as the coarsest, until the patch planned for it (which changes along the
 * way) covers enough of the median case. A stage with more than half of full resolution's voxels is not worth it.
 *
 * From v1's `plan_experiment`; where the very first comparison is an exact tie, v1 fails and this plans no lowres.
 */
export function planLowres({ fullres, spacing, medianShape, factor, planStage }: LowresInput): LowresChoice {
  let patchVoxels = product(fullres.patch_size);
  const current = [...spacing];
  let voxels = product(medianShape);
  let stage: StagePlans | null = null;
  while (voxels > factor * patchVoxels) {
    coarsen(current);
    voxels = product(medianShape.map((edge, axis) => (spacing[axis]! / current[axis]!) * edge));
    stage = planStage(current);
    patchVoxels = product(stage.patch_size);
  }
  if (stage === null) return { stage: null, because: 'shown-enough' };
  const small = 2 * product(stage.median_patient_size_in_voxels) < product(fullres.median_patient_size_in_voxels);
  return small ? { stage, because: 'needed' } : { stage: null, because: 'hardly-smaller' };
}

function coarsen(spacing: number[]): void {
  const coarsest = Math.max(...spacing);
  const fine = spacing.map((mm) => coarsest / mm > 2);
  const all = !fine.includes(true);
  for (let axis = 0; axis < spacing.length; axis++) if (all || fine[axis]) spacing[axis]! *= 1.01;
}
