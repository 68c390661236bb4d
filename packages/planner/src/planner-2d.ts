import type { StagePlans } from '@nnunet/dataset';
import { NnUNetError } from '@nnunet/errors';
import { reducePatch } from './patch-reduction.ts';
import { product } from './percentile.ts';
import { PlannerBase, type PlanningContext, type StageInput } from './planner-base.ts';
import { roundHalfToEven } from './rounding.ts';
import type { Topology } from './topology.ts';

/** v1's memory reference of a 2D network with 30 base features, batch 50 (`Generic_UNet`). */
export const MEMORY_REFERENCE_2D = 19_739_648;

/** Base features of the very first estimate; the reduction loop uses the planner's own. v1's batch sizes depend on it. */
const BASE_FEATURES_OF_FIRST_ESTIMATE = 30;

/** The default planner of the 2D configuration: slices across the coarsest axis. */
export class ExperimentPlanner2D_v21 extends PlannerBase {
  plansIdentifier = 'nnUNetPlansv2.1';
  dataIdentifier = 'nnUNetData_plans_v2.1_2D';
  preprocessorName = 'PreprocessorFor2D';
  readonly dimensions = '2D';
  memoryReference = (MEMORY_REFERENCE_2D * 50) / 2;
  maxFeatures = 512;

  override planStage(input: StageInput): StagePlans {
    const { currentSpacing, originalSpacing, medianShape } = input;
    const shape = medianShape.map((edge, axis) =>
      roundHalfToEven((originalSpacing[axis]! / currentSpacing[axis]!) * edge),
    );
    const limit = this.memoryLimit();
    const topologyOf = (patch: readonly number[]): Topology => this.topology(currentSpacing.slice(1), patch);
    const start = topologyOf(shape.slice(1));
    const reduced = reducePatch({
      start,
      estimate: this.memory(start, input, BASE_FEATURES_OF_FIRST_ESTIMATE),
      medianShape: shape.slice(1),
      limit,
      topologyOf,
      estimateOf: (topology) => this.memory(topology, input),
    });
    const { patch, numPoolPerAxis, poolKernels, convKernels } = reduced.topology;

    const byMemory = Math.floor(limit / reduced.estimate) * this.referenceBatchSize;
    if (byMemory < this.minBatchSize) {
      throw new NnUNetError('memory-target-too-small', {
        what: `not even ${this.minBatchSize} slices of ${patch.join(' x ')} pixels fit the memory target`,
        remedy: 'Raise the GPU memory target.',
      });
    }
    const share = (this.maxShareOfDatasetPerBatch * (product(shape) * input.cases)) / product(patch);
    return {
      batch_size: Math.max(1, Math.min(byMemory, roundHalfToEven(share))),
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

  override planStages(context: PlanningContext): StagePlans[] {
    return [this.planStage(context)];
  }
}
