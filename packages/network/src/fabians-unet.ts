import type { NetworkSettings } from './network-settings.ts';
import { UNet } from './unet.ts';
import {
  decoderSteps,
  encoderStages,
  layersOf,
  makeBlock,
  ones,
  type ResidualBlock,
  residualBlock,
  type UNetLayers,
} from './unet-layers.ts';

/**
 * v1's FabiansUNet: a convolution, a residual encoder, and a plain decoder whose steps use the kernels of
 * the stages they join. A block that changes size or channels has a strided 1x1 convolution in its skip connection.
 */
export class FabiansUNet extends UNet {
  override unetLayers(): UNetLayers {
    return fabiansUnetLayers(this.settings);
  }
}

function fabiansUnetLayers(settings: NetworkSettings): UNetLayers {
  const { features, kernels, pools, dimension } = settings;
  const first = features[0]!;
  const stem = makeBlock(settings, {
    convolution: 'encoder.initial_conv',
    norm: 'encoder.initial_norm',
    inputs: settings.inputChannels,
    outputs: first,
    kernel: new Array<number>(dimension).fill(3),
  });
  const [lowest = [], ...stages] = encoderStages(settings, first, (shape, { stage, index }): ResidualBlock => {
    const name = `encoder.stages.${stage}.convs.${index}`;
    const { inputs, outputs, stride } = shape;
    const beside = { inputs, outputs, kernel: ones(settings), stride, bias: false, activated: false };
    const skip = { convolution: `${name}.downsample_skip.0`, norm: `${name}.downsample_skip.1` };
    const changes = inputs !== outputs || stride.some((s) => s !== 1);
    return {
      ...residualBlock(settings, shape, (k) => ({ convolution: `${name}.conv${k}`, norm: `${name}.norm${k}` })),
      pool: undefined,
      projection: changes ? makeBlock(settings, { ...skip, ...beside }) : undefined,
    };
  });
  const encoder = [[stem, ...lowest], ...stages];
  const decoder = decoderSteps(settings, kernels, {
    up: (step) => `decoder.tus.${step}`,
    block({ stage, index }) {
      const name = `decoder.stages.${stage}.convs.${index}`;
      return { convolution: `${name}.conv`, norm: `${name}.norm` };
    },
    head: (step) =>
      step === pools.length - 1 ? 'decoder.segmentation_output' : `decoder.deep_supervision_outputs.${step}`,
  });
  const heads = decoder.map((step) => step.head);
  const order = [
    ...encoder.flatMap(layersOf),
    ...heads.slice(-1),
    ...decoder.map((step) => step.up),
    ...decoder.flatMap((step) => layersOf(step.blocks)),
    ...heads.slice(0, -1),
  ];
  return { encoder, decoder, order };
}
