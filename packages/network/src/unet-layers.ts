import type { NetworkDescription } from './network-description.ts';

/** A convolution, with the norm and activation that follow it. */
export interface Block {
  /** Start of its parameters' names, e.g. 'conv_blocks_context.0.blocks.1'. */
  name: string;
  inputs: number;
  outputs: number;
  kernel: readonly number[];
  stride: readonly number[];
}

export interface DecoderStep {
  /** Transposed convolution, kernel = stride; weights (inputs, outputs, …kernel). */
  up: { name: string; inputs: number; outputs: number; kernel: readonly number[] };
  blocks: Block[];
  /** 1x1 convolution to the classes. */
  head: { name: string; inputs: number };
  /** Encoder stage whose output is joined, and whose resolution this step has. */
  stage: number;
}

export interface UNetLayers {
  /** Per stage, bottleneck last. */
  encoder: Block[][];
  /** From the bottleneck upwards. */
  decoder: DecoderStep[];
}

/**
 * The layers of v1's Generic_UNet and their names in a PyTorch state dict.
 * Decoder step u, counted from the bottleneck, uses kernel P - u (so the last one uses kernel 1, not kernel 0): v1's list
 * index -(u + 1).
 */
export function unetLayers(description: NetworkDescription): UNetLayers {
  const { features, pools, kernels, convolutionsPerStage: count, inputChannels } = description;
  const depth = pools.length;
  const ones = kernels[0].map(() => 1);
  const encoder = features.map((outputs, stage) =>
    Array.from({ length: count }, (_, b): Block => {
      const prefix = `conv_blocks_context.${stage}`;
      const bottleneck = b < count - 1 ? `${prefix}.0.blocks.${b}` : `${prefix}.1.blocks.0`;
      return {
        name: stage < depth ? `${prefix}.blocks.${b}` : bottleneck,
        inputs: b > 0 ? outputs : stage === 0 ? inputChannels : features[stage - 1],
        outputs,
        kernel: kernels[stage],
        stride: b > 0 || stage === 0 ? ones : pools[stage - 1],
      };
    }),
  );
  const decoder = pools.map((_, u): DecoderStep => {
    const stage = depth - 1 - u;
    const outputs = features[stage];
    const prefix = `conv_blocks_localization.${u}`;
    return {
      up: { name: `tu.${u}`, inputs: features[stage + 1], outputs, kernel: pools[stage] },
      blocks: Array.from({ length: count }, (_, b) => ({
        name: b < count - 1 ? `${prefix}.0.blocks.${b}` : `${prefix}.1.blocks.0`,
        inputs: b === 0 ? 2 * outputs : outputs,
        outputs,
        kernel: kernels[depth - u],
        stride: ones,
      })),
      head: { name: `seg_outputs.${u}`, inputs: outputs },
      stage,
    };
  });
  return { encoder, decoder };
}
