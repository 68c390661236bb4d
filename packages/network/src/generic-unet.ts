import {
  type Block,
  blockCounts,
  type DecoderStep,
  layersOf,
  makeBlock,
  makeHead,
  makeUp,
  type UNetLayers,
} from './layers.ts';
import type { NetworkDescription } from './network-description.ts';

/**
 * The layers of v1's Generic_UNet and their names in a PyTorch state dict.
 * Decoder step u, counted from the bottleneck, uses kernel P - u (so the last one uses kernel 1, not kernel 0): v1's list
 * index -(u + 1).
 */
export function genericUnetLayers(description: NetworkDescription): UNetLayers {
  const { features, pools, kernels, inputChannels } = description;
  const depth = pools.length;
  const counts = blockCounts(description);
  const block = (name: string, options: { inputs: number; outputs: number; kernel: number[]; stride?: number[] }) =>
    makeBlock(description, { convolution: `${name}.conv`, norm: `${name}.instnorm`, ...options });
  const encoder = features.map((outputs, stage) =>
    Array.from({ length: counts.encoder[stage] }, (_, b): Block => {
      const prefix = `conv_blocks_context.${stage}`;
      return block(stage < depth ? `${prefix}.blocks.${b}` : inTwo(prefix, b, counts.encoder[stage]), {
        inputs: b > 0 ? outputs : stage === 0 ? inputChannels : features[stage - 1],
        outputs,
        kernel: kernels[stage],
        ...(b > 0 || stage === 0 ? {} : { stride: pools[stage - 1] }),
      });
    }),
  );
  const decoder = pools.map((_, u): DecoderStep => {
    const stage = depth - 1 - u;
    const outputs = features[stage];
    return {
      up: makeUp(description, `tu.${u}`, stage),
      blocks: Array.from({ length: counts.decoder[u] }, (_, b) =>
        block(inTwo(`conv_blocks_localization.${u}`, b, counts.decoder[u]), {
          inputs: b === 0 ? 2 * outputs : outputs,
          outputs,
          kernel: kernels[depth - u],
        }),
      ),
      head: makeHead(description, `seg_outputs.${u}`, outputs),
      stage,
    };
  });
  const order = [
    ...decoder.flatMap((step) => layersOf(step.blocks)),
    ...encoder.flatMap(layersOf),
    ...decoder.map((step) => step.up),
    ...decoder.map((step) => step.head),
  ];
  return { encoder, decoder, order };
}

/** Bottleneck and decoder are made of two stacks, the second of one block. */
function inTwo(prefix: string, block: number, count: number): string {
  return block < count - 1 ? `${prefix}.0.blocks.${block}` : `${prefix}.1.blocks.0`;
}
