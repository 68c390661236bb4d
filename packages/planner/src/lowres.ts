import type { StagePlans } from '@nnunet/schema';
import { product } from './percentile.ts';

/**
 * If the median case has at least this many times the voxels of a full resolution patch, a low resolution stage is
 * planned, whose patch covers at least this fraction (one in this many) of the case.
 */
export const HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0 = 4;

export interface LowresInput {
  /** The full resolution stage, network order. */
  fullres: StagePlans;
  /**
   * Target spacing at full resolution, mm, in image axis order: the last bit of the voxel counts depends on the order.
   */
  spacing: readonly number[];
  /** Median shape at full resolution, voxels, unrounded, in image axis order. */
  medianShape: readonly number[];
  /** See {@link HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0}. */
  factor: number;
  /** Plans a stage at another spacing (mm, image axis order). */
  planStage(spacing: readonly number[]): StagePlans;
}

/** The low resolution stage, or null, and the reason. */
export interface LowresChoice {
  stage: StagePlans | null;
  /**
   * `shown-enough`: a full resolution patch already covers enough; `hardly-smaller`: more than half of the voxels would
   * remain.
   */
  because: 'needed' | 'shown-enough' | 'hardly-smaller';
}

/**
 * Plans the low resolution stage of the cascade, or none if it is not needed. The spacing grows by 1 % at a time, first
 * along the axes more than twice as fine as the coarsest, until the patch planned for it (which changes along the way)
 * covers enough of the median case. A stage with more than half the voxels of full resolution is not worthwhile.
 *
 * From v1's `plan_experiment`. If the very first comparison is an exact tie, v1 fails; here no low resolution stage is
 * planned.
 */
export function planLowres({ fullres, spacing, medianShape, factor, planStage }: LowresInput): LowresChoice {
  let patchVoxels = product(fullres.patch_size);
  const current = [...spacing];
  let voxels = product(medianShape);
  let stage: StagePlans | null = null;
  while (voxels > factor * patchVoxels) {
    coarsen(current, 1.01);
    voxels = product(medianShape.map((edge, axis) => (spacing[axis]! / current[axis]!) * edge));
    stage = planStage(current);
    patchVoxels = product(stage.patch_size);
  }
  if (stage === null) return { stage: null, because: 'shown-enough' };
  const small = 2 * product(stage.median_patient_size_in_voxels) < product(fullres.median_patient_size_in_voxels);
  return small ? { stage, because: 'needed' } : { stage: null, because: 'hardly-smaller' };
}

/** Multiplies the spacing by `step`: of the axes more than twice as fine as the coarsest, or of all if there are none. */
export function coarsen(spacing: number[], step: number): void {
  const coarsest = Math.max(...spacing);
  const fine = spacing.map((mm) => coarsest / mm > 2);
  const all = !fine.includes(true);
  for (let axis = 0; axis < spacing.length; axis++) if (all || fine[axis]) spacing[axis]! *= step;
}
