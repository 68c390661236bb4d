import {
  type Block,
  type BlockShape,
  blockCounts,
  type DecoderStep,
  layersOf,
  makeBlock,
  makeHead,
  makeUp,
  ones,
  type ResidualBlock,
  type UNetLayers,
} from './layers.ts';
import type { NetworkDescription } from './network-description.ts';

/**
 * The layers of v2's PlainConvUNet and ResidualEncoderUNet (of the library dynamic-network-architectures). Decoder steps
 * have the kernels of the stages they join. A residual block that changes size has an average pooling beside it, one that
 * changes channels a 1x1 convolution (He et al. 2019, ResNet-D).
 */
export function unetLayersV2(description: NetworkDescription): UNetLayers {
  const { features, pools, kernels, inputChannels } = description;
  const depth = pools.length;
  const counts = blockCounts(description);
  const residual = description.architecture === 'ResidualEncoderUNet';
  const stem = block(description, 'encoder.stem.convs.0', {
    inputs: inputChannels,
    outputs: features[0],
    kernel: kernels[0],
  });
  const encoder = features.map((outputs, stage) => {
    const first = residual ? features[0] : inputChannels;
    const blocks = Array.from({ length: counts.encoder[stage] }, (_, b) => {
      const options = {
        inputs: b > 0 ? outputs : stage === 0 ? first : features[stage - 1],
        outputs,
        kernel: kernels[stage],
        stride: b > 0 || stage === 0 ? ones(description) : pools[stage - 1],
      };
      return residual
        ? residualBlock(description, `encoder.stages.${stage}.blocks.${b}`, options)
        : block(description, `encoder.stages.${stage}.0.convs.${b}`, options);
    });
    return stage === 0 && residual ? [stem, ...blocks] : blocks;
  });
  const decoder = pools.map((_, u): DecoderStep => {
    const stage = depth - 1 - u;
    const outputs = features[stage];
    return {
      up: makeUp(description, `decoder.transpconvs.${u}`, stage),
      blocks: Array.from({ length: counts.decoder[u] }, (_, b) =>
        block(description, `decoder.stages.${u}.convs.${b}`, {
          inputs: b === 0 ? 2 * outputs : outputs,
          outputs,
          kernel: kernels[stage],
        }),
      ),
      head: makeHead(description, `decoder.seg_layers.${u}`, outputs),
      stage,
    };
  });
  const order = [
    ...encoder.flatMap(layersOf),
    ...decoder.flatMap((step) => layersOf(step.blocks)),
    ...decoder.map((step) => step.up),
    ...decoder.map((step) => step.head),
  ];
  return { encoder, decoder, order };
}

function block(description: NetworkDescription, name: string, options: BlockShape): Block {
  return makeBlock(description, { convolution: `${name}.conv`, norm: `${name}.norm`, ...options });
}

function residualBlock(
  description: NetworkDescription,
  name: string,
  { inputs, outputs, kernel, stride }: BlockShape & { stride: readonly number[] },
): ResidualBlock {
  const strided = stride.some((s) => s !== 1);
  return {
    kind: 'residual',
    first: block(description, `${name}.conv1`, { inputs, outputs, kernel, stride }),
    second: block(description, `${name}.conv2`, {
      inputs: outputs,
      outputs,
      kernel,
      activated: false,
      beforeSum: true,
    }),
    pool: strided ? stride : undefined,
    projection:
      inputs === outputs
        ? undefined
        : block(description, `${name}.skip.${strided ? 1 : 0}`, {
            inputs,
            outputs,
            kernel: ones(description),
            bias: false,
            activated: false,
          }),
  };
}
