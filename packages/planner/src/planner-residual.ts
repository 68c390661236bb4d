import type { StagePlans } from '@nnunet/schema';
import { product } from './percentile.ts';
import { ExperimentPlanner3D_v21 } from './planner-3d.ts';
import type { StageInput } from './planner-base.ts';
import type { Topology } from './topology.ts';

/** v1's memory reference for the residual encoder U-Net, batch size 2 (`FabiansUNet`). */
export const MEMORY_REFERENCE_RESIDUAL_3D = 1_230_348_801;

/**
 * Number of residual blocks per encoder stage; the last number applies to all further stages. Each decoder stage has
 * one convolution.
 */
const ENCODER_BLOCKS = [1, 2, 3, 4];
const DECODER_BLOCKS = 1;

/** A stage of a residual encoder U-Net. The pool kernels include those of the first stage, which does not pool. */
export interface ResidualStagePlans extends StagePlans {
  num_blocks_encoder: number[];
  num_blocks_decoder: number[];
}

/** Residual encoder and plain decoder; shares the preprocessed data of v2.1. */
export class ExperimentPlanner3DFabiansResUNet_v21 extends ExperimentPlanner3D_v21 {
  override plansIdentifier = 'nnUNetPlans_FabiansResUNet_v2.1';
  override runsPreprocessing = false;

  override memoryReference(): number {
    return MEMORY_REFERENCE_RESIDUAL_3D;
  }

  override planStage(input: StageInput): ResidualStagePlans {
    const stage = super.planStage(input);
    const poolings = stage.pool_op_kernel_sizes.length;
    return {
      ...stage,
      pool_op_kernel_sizes: [stage.patch_size.map(() => 1), ...stage.pool_op_kernel_sizes],
      num_blocks_encoder: Array.from({ length: poolings + 1 }, (_, i) => encoderBlocks(i)),
      num_blocks_decoder: new Array<number>(poolings).fill(DECODER_BLOCKS),
    };
  }

  /** v1 estimates the initial patch before padding. */
  protected override firstEstimate(topology: Topology, first: readonly number[], input: StageInput): number {
    return this.memory({ ...topology, patch: [...first] }, input);
  }

  protected override memory({ patch, poolKernels }: Topology, input: StageInput): number {
    let voxels = product(patch);
    let features = this.baseFeatures;
    let total = stageFeatures(0) * voxels * features + (input.modalities + input.classes) * voxels;
    poolKernels.forEach((pool, step) => {
      voxels /= product(pool);
      features = Math.min(2 * features, this.maxFeatures);
      const bottleneck = step === poolKernels.length - 1;
      total += (bottleneck ? 2 * encoderBlocks(step + 1) + 1 : stageFeatures(step + 1)) * voxels * features;
    });
    return total * this.referenceBatchSize;
  }
}

function encoderBlocks(stage: number): number {
  return ENCODER_BLOCKS[Math.min(stage, ENCODER_BLOCKS.length - 1)]!;
}

/**
 * Number of feature maps in the encoder (two per block, plus the first skip) and decoder (its convolutions and the
 * upsampled map).
 */
function stageFeatures(stage: number): number {
  return 2 * encoderBlocks(stage) + 1 + (DECODER_BLOCKS + 1);
}
