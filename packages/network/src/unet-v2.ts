import {
  type Block,
  decoderSteps,
  encoderStages,
  layersOf,
  makeBlock,
  ones,
  type ResidualBlock,
  residualBlock,
  type UNetLayers,
} from './layers.ts';
import type { NetworkDescription } from './network-description.ts';

const named = (name: string) => ({ convolution: `${name}.conv`, norm: `${name}.norm` });

/**
 * The layers of v2's PlainConvUNet and ResidualEncoderUNet (from the library dynamic-network-architectures). Decoder
 * steps use the kernels of the stages they join. The skip of a residual block has an average pooling if the block
 * changes size, and a 1x1 convolution if it changes channels (He et al. 2019, ResNet-D).
 */
export function unetLayersV2(description: NetworkDescription): UNetLayers {
  const { kernels, inputChannels } = description;
  const encoder =
    description.architecture === 'ResidualEncoderUNet'
      ? residualEncoder(description)
      : encoderStages(description, inputChannels, (shape, { stage, index }) =>
          makeBlock(description, { ...named(`encoder.stages.${stage}.0.convs.${index}`), ...shape }),
        );
  const decoder = decoderSteps(description, kernels, {
    up: (step) => `decoder.transpconvs.${step}`,
    block: ({ stage, index }) => named(`decoder.stages.${stage}.convs.${index}`),
    head: (step) => `decoder.seg_layers.${step}`,
  });
  const order = [
    ...encoder.flatMap(layersOf),
    ...decoder.flatMap((step) => layersOf(step.blocks)),
    ...decoder.map((step) => step.up),
    ...decoder.map((step) => step.head),
  ];
  return { encoder, decoder, order };
}

function residualEncoder(description: NetworkDescription): (Block | ResidualBlock)[][] {
  const [outputs, kernel] = [description.features[0]!, description.kernels[0]!];
  const shape = { inputs: description.inputChannels, outputs, kernel };
  const stem = makeBlock(description, { ...named('encoder.stem.convs.0'), ...shape });
  const [lowest = [], ...stages] = encoderStages(description, outputs, (own, { stage, index }): ResidualBlock => {
    const name = `encoder.stages.${stage}.blocks.${index}`;
    const strided = own.stride.some((s) => s !== 1);
    const beside = {
      inputs: own.inputs,
      outputs: own.outputs,
      kernel: ones(description),
      bias: false,
      activated: false,
    };
    return {
      ...residualBlock(description, own, (k) => named(`${name}.conv${k}`)),
      pool: strided ? own.stride : undefined,
      projection:
        own.inputs === own.outputs
          ? undefined
          : makeBlock(description, { ...named(`${name}.skip.${strided ? 1 : 0}`), ...beside }),
    };
  });
  return [[stem, ...lowest], ...stages];
}
