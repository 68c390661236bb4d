import type { NetworkSettings } from './network-settings.ts';
import { UNet } from './unet.ts';
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
} from './unet-layers.ts';

const named = (name: string) => ({ convolution: `${name}.conv`, norm: `${name}.norm` });

/**
 * v2's PlainConvUNet (from the library dynamic-network-architectures). Decoder steps use the kernels of the stages they
 * join.
 */
export class PlainConvUNet extends UNet {
  override unetLayers(): UNetLayers {
    const { settings } = this;
    const encoder = encoderStages(settings, settings.inputChannels, (shape, { stage, index }) =>
      makeBlock(settings, { ...named(`encoder.stages.${stage}.0.convs.${index}`), ...shape }),
    );
    return withDecoder(settings, encoder);
  }
}

/**
 * v2's ResidualEncoderUNet, with the decoder of PlainConvUNet. The skip of a residual block has an average pooling if
 * the block changes size, and a 1x1 convolution if it changes channels (He et al. 2019, ResNet-D).
 */
export class ResidualEncoderUNet extends UNet {
  override unetLayers(): UNetLayers {
    return withDecoder(this.settings, residualEncoder(this.settings));
  }
}

function withDecoder(settings: NetworkSettings, encoder: UNetLayers['encoder']): UNetLayers {
  const decoder = decoderSteps(settings, settings.kernels, {
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

function residualEncoder(settings: NetworkSettings): (Block | ResidualBlock)[][] {
  const [outputs, kernel] = [settings.features[0]!, settings.kernels[0]!];
  const shape = { inputs: settings.inputChannels, outputs, kernel };
  const stem = makeBlock(settings, { ...named('encoder.stem.convs.0'), ...shape });
  const [lowest = [], ...stages] = encoderStages(settings, outputs, (own, { stage, index }): ResidualBlock => {
    const name = `encoder.stages.${stage}.blocks.${index}`;
    const strided = own.stride.some((s) => s !== 1);
    const beside = {
      inputs: own.inputs,
      outputs: own.outputs,
      kernel: ones(settings),
      bias: false,
      activated: false,
    };
    return {
      ...residualBlock(settings, own, (k) => named(`${name}.conv${k}`)),
      pool: strided ? own.stride : undefined,
      projection:
        own.inputs === own.outputs
          ? undefined
          : makeBlock(settings, { ...named(`${name}.skip.${strided ? 1 : 0}`), ...beside }),
    };
  });
  return [[stem, ...lowest], ...stages];
}
