import { usageError } from '@nnunet/errors';
import type { StagePlans } from '@nnunet/schema';

/**
 * A stage of v1's plans: older ones lack pools and kernels; those of a residual encoder contain the number of blocks.
 */
export type NetworkStage = Omit<StagePlans, 'pool_op_kernel_sizes' | 'conv_kernel_sizes'> &
  Partial<Pick<StagePlans, 'pool_op_kernel_sizes' | 'conv_kernel_sizes'>> & {
    num_blocks_encoder?: number[];
    num_blocks_decoder?: number[];
  };

/** As in a network description. */
export interface StageTopology {
  pools: number[][];
  kernels: number[][];
  encoderBlocks?: number[];
  decoderBlocks?: number[];
}

/**
 * Returns the pools, kernels and blocks of a stage. If older plans only contain the number of pools per axis, axes with
 * fewer pools are pooled last, and all kernels are 3 (v1's nnUNetTrainer.process_plans). Pools in plans for a residual
 * encoder begin with the first stage's, which pools nothing.
 *
 * @param residual whether the plans must be for a residual encoder. Default: either
 * @throws NnUNetError 'usage' for plans of another architecture
 */
export function stageTopology(stage: NetworkStage, residual?: boolean): StageTopology {
  const { num_blocks_encoder, num_blocks_decoder } = stage;
  const pools = stage.pool_op_kernel_sizes?.map((p) => [...p]) ?? olderPools(stage.num_pool_per_axis);
  const kernels =
    stage.conv_kernel_sizes?.map((k) => [...k]) ?? [...pools, []].map(() => stage.patch_size.map(() => 3));
  const blocks = num_blocks_encoder !== undefined && num_blocks_decoder !== undefined;
  if (residual !== undefined && residual !== blocks) {
    throw usageError({
      what: residual
        ? 'a residual encoder needs plans for a residual encoder'
        : 'these plans are for a residual encoder',
      remedy: residual
        ? 'Plan with ExperimentPlanner3DFabiansResUNet_v21, and use its plans identifier.'
        : 'Use a trainer with a residual encoder (nnUNetTrainerV2_ResencUNet), or other plans.',
    });
  }
  if (!blocks) return { pools, kernels };
  return {
    pools: pools.slice(1),
    kernels,
    encoderBlocks: [...num_blocks_encoder],
    decoderBlocks: [...num_blocks_decoder],
  };
}

function olderPools(perAxis: readonly number[]): number[][] {
  const deepest = Math.max(...perAxis);
  return Array.from({ length: deepest }, (_, i) => perAxis.map((n) => (deepest - n <= i ? 2 : 1)));
}
