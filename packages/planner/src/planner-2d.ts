import { NnUNetError } from '@nnunet/errors';
import type { StagePlans } from '@nnunet/schema';
import { roundHalfEven } from '@nnunet/tensor/internal';
import { reducePatch } from './patch-reduction.ts';
import { product } from './percentile.ts';
import { PlannerBase, type PlanningContext, type StageInput } from './planner-base.ts';
import type { Topology } from './topology.ts';

/** v1's memory reference for a 2D network with 30 base features and batch size 50 (`Generic_UNet`). */
export const MEMORY_REFERENCE_2D = 19_739_648;

/** Batch size of that reference. */
export const REFERENCE_BATCH_2D = 50;

/** Base features of the first estimate; the reduction loop uses the planner's own. v1's batch sizes depend on this. */
const BASE_FEATURES_OF_FIRST_ESTIMATE = 30;

/** Default planner of the 2D configuration: slices perpendicular to the coarsest axis. */
export class ExperimentPlanner2D_v21 extends PlannerBase {
  plansIdentifier = 'nnUNetPlansv2.1';
  dataIdentifier = 'nnUNetData_plans_v2.1_2D';
  preprocessorName = 'PreprocessorFor2D';
  readonly dimensions = '2D';
  maxFeatures = 512;

  override memoryReference(): number {
    return (MEMORY_REFERENCE_2D * REFERENCE_BATCH_2D) / 2;
  }

  override planStage(input: StageInput): StagePlans {
    const { currentSpacing, originalSpacing, medianShape } = input;
    const shape = medianShape.map((edge, axis) =>
      roundHalfEven((originalSpacing[axis]! / currentSpacing[axis]!) * edge),
    );
    const { topology, estimate } = this.fitPatch(input, shape);
    const { patch, numPoolPerAxis, poolKernels, convKernels } = topology;
    const batchByMemory = this.batchByMemory(estimate);
    if (batchByMemory < this.minBatchSize) {
      throw new NnUNetError('memory-target-too-small', {
        what: `not even ${this.minBatchSize} slices of ${patch.join(' x ')} pixels fit the memory target`,
        remedy: 'Raise the GPU memory target.',
      });
    }
    const share = (this.maxShareOfDatasetPerBatch * (product(shape) * input.cases)) / product(patch);
    const batchByDataset = roundHalfEven(share);
    const first = this.topology(currentSpacing.slice(1), shape.slice(1));
    this.noteDecision(currentSpacing, {
      firstPatch: first.patch,
      firstEstimate: this.memory(first, input),
      estimate,
      memoryLimit: this.memoryLimit(),
      batchByMemory,
      batchByDataset,
    });
    return {
      batch_size: Math.max(1, Math.min(batchByMemory, batchByDataset)),
      num_pool_per_axis: numPoolPerAxis,
      patch_size: patch,
      median_patient_size_in_voxels: shape,
      current_spacing: [...currentSpacing],
      original_spacing: [...originalSpacing],
      do_dummy_2D_data_aug: false,
      pool_op_kernel_sizes: poolKernels,
      conv_kernel_sizes: convKernels,
    };
  }

  /** Returns the patch's topology and memory estimate; `shape`: median case, voxels, network order. */
  protected fitPatch(input: StageInput, shape: readonly number[]): { topology: Topology; estimate: number } {
    const spacing = input.currentSpacing.slice(1);
    const slice = shape.slice(1);
    const start = this.topology(spacing, slice);
    return reducePatch({
      start,
      estimate: this.memory(start, input, BASE_FEATURES_OF_FIRST_ESTIMATE),
      weigh: (patch) => this.weighAxes(patch, slice, spacing),
      limit: this.memoryLimit(),
      topologyOf: (patch) => this.topology(spacing, patch),
      estimateOf: (topology) => this.memory(topology, input),
    });
  }

  /** Returns how many slices fit the memory target. */
  protected batchByMemory(estimate: number): number {
    return Math.floor(this.memoryLimit() / estimate) * this.referenceBatchSize;
  }

  override planStages(context: PlanningContext): StagePlans[] {
    return [this.planStage(context)];
  }
}
