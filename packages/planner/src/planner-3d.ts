import type { Plans, StagePlans } from '@nnunet/schema';
import { roundHalfEven } from '@nnunet/tensor/internal';
import { HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0, type LowresChoice, planLowres } from './lowres.ts';
import { reducePatch } from './patch-reduction.ts';
import { product } from './percentile.ts';
import { PlannerBase, type PlanningContext, type StageInput } from './planner-base.ts';
import { type AnisotropyRule, anisotropicTargetSpacing, COARSE_AND_THIN } from './target-spacing.ts';
import type { Topology } from './topology.ts';
import { reorder } from './transpose.ts';

/** Voxels along the coarsest axis of the initial patch; the others follow from the spacing. */
const FIRST_PATCH_EDGE = 512;

/** v1's memory reference for a 3D network with 30 base features and batch size 2 (`Generic_UNet`). */
export const MEMORY_REFERENCE_3D = 520_000_000;

/** Default planner of the 3D configurations: full resolution, and low resolution if the images are large. */
export class ExperimentPlanner3D_v21 extends PlannerBase {
  plansIdentifier = 'nnUNetPlansv2.1';
  dataIdentifier = 'nnUNetData_plans_v2.1';
  preprocessorName = 'GenericPreprocessor';
  readonly dimensions = '3D';
  maxFeatures = 320;
  /** How to choose the spacing of an axis much coarser than the others; null keeps the median. */
  anisotropyRule: AnisotropyRule | null = COARSE_AND_THIN;

  /** Grows with the base features, because half precision saves as much memory as 32 instead of 30 features cost. */
  override memoryReference(): number {
    return (MEMORY_REFERENCE_3D * this.baseFeatures) / 30;
  }

  override targetSpacing(): number[] {
    const { all_spacings, all_sizes } = this.fingerprint;
    if (this.anisotropyRule === null) return super.targetSpacing();
    return anisotropicTargetSpacing(all_spacings, all_sizes, this.targetSpacingPercentile, this.anisotropyRule);
  }

  /**
   * Returns the initial patch (voxels, network order), before padding and reduction. `shape`: median case at this
   * stage.
   */
  protected firstPatch(spacing: readonly number[], shape: readonly number[]): number[] {
    // The order of these operations determines how x.5 rounds.
    const inverse = spacing.map((mm) => 1 / mm);
    const mean = inverse.reduce((sum, value) => sum + value, 0) / inverse.length;
    const relative = inverse.map((value) => value / mean);
    const scale = (1 / Math.min(...relative)) * FIRST_PATCH_EDGE;
    return relative.map((value, axis) => Math.min(roundHalfEven(value * scale), shape[axis]!));
  }

  /** Memory estimate of the initial patch, after padding like all later estimates. */
  protected firstEstimate(topology: Topology, _first: readonly number[], input: StageInput): number {
    return this.memory(topology, input);
  }

  override planStage(input: StageInput): StagePlans {
    const { currentSpacing, originalSpacing, medianShape } = input;
    const shape = medianShape.map((edge, axis) =>
      roundHalfEven((originalSpacing[axis]! / currentSpacing[axis]!) * edge),
    );
    const limit = this.memoryLimit();
    const topologyOf = (patch: readonly number[]): Topology => this.topology(currentSpacing, patch);
    const estimateOf = (topology: Topology): number => this.memory(topology, input);
    const first = this.firstPatch(currentSpacing, shape);
    const start = topologyOf(first);
    const firstEstimate = this.firstEstimate(start, first, input);
    const reduced = reducePatch({
      start,
      estimate: firstEstimate,
      weigh: (patch) => this.weighAxes(patch, shape, currentSpacing),
      limit,
      topologyOf,
      estimateOf,
    });
    const { patch, numPoolPerAxis, poolKernels, convKernels } = reduced.topology;

    const batchByMemory = Math.floor(Math.max(limit / reduced.estimate, 1) * this.referenceBatchSize);
    const share = (this.maxShareOfDatasetPerBatch * (product(shape) * input.cases)) / product(patch);
    const batchByDataset = roundHalfEven(share);
    this.noteDecision(currentSpacing, {
      firstPatch: start.patch,
      firstEstimate,
      estimate: reduced.estimate,
      memoryLimit: limit,
      batchByMemory,
      batchByDataset,
    });
    return {
      batch_size: Math.max(1, Math.min(batchByMemory, Math.max(batchByDataset, this.minBatchSize))),
      num_pool_per_axis: numPoolPerAxis,
      patch_size: patch,
      median_patient_size_in_voxels: shape,
      current_spacing: [...currentSpacing],
      original_spacing: [...originalSpacing],
      do_dummy_2D_data_aug: Math.max(...patch) / patch[0]! > this.anisotropyThreshold,
      pool_op_kernel_sizes: poolKernels,
      conv_kernel_sizes: convKernels,
    };
  }

  /** See {@link HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0}. */
  get lowresFactor(): number {
    return (
      this.options.howMuchOfAPatientMustTheNetworkSeeAtStage0 ?? HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0
    );
  }

  override planStages(context: PlanningContext): StagePlans[] {
    const fullres = this.planStage(context);
    const lowres = this.planLowres(fullres, context);
    return lowres === null ? [fullres] : [lowres, fullres];
  }

  /** Why there is or is not a low resolution stage; null before planning, and for planners that never plan one. */
  lowresChoice: LowresChoice | null = null;

  /** Plans the low resolution stage, or returns null. */
  protected planLowres(fullres: StagePlans, context: PlanningContext): StagePlans | null {
    const { targetSpacing, transpose, medianShape } = context;
    this.lowresChoice = planLowres({
      fullres,
      spacing: targetSpacing,
      medianShape: reorder(medianShape, transpose.backward),
      factor: this.lowresFactor,
      planStage: (spacing) => this.planStage({ ...context, currentSpacing: reorder(spacing, transpose.forward) }),
    });
    return this.lowresChoice.stage;
  }

  override plan(): Plans {
    return { ...super.plan(), conv_per_stage: this.convPerStage };
  }
}
