import type { NetworkSettings } from './network-settings.ts';
import { UNet } from './unet.ts';
import { type BlockPlace, decoderSteps, encoderStages, layersOf, makeBlock, type UNetLayers } from './unet-layers.ts';

/**
 * The layers of v1's Generic_UNet and their names in a PyTorch state dict. Decoder step u, counted from the bottleneck,
 * uses kernel P - u (so the last step uses kernel 1, not kernel 0): v1's list index -(u + 1).
 */
export function genericUnetLayers(settings: NetworkSettings): UNetLayers {
  const { pools, kernels, inputChannels } = settings;
  const named = (name: string) => ({ convolution: `${name}.conv`, norm: `${name}.instnorm` });
  const encoder = encoderStages(settings, inputChannels, (shape, place) => {
    const { stage, index } = place;
    const stack = stage < pools.length ? `.${stage}.blocks.${index}` : inTwo(place);
    return makeBlock(settings, { ...named(`conv_blocks_context${stack}`), ...shape });
  });
  const decoder = decoderSteps(settings, kernels.slice(1), {
    up: (step) => `tu.${step}`,
    block: (place) => named(`conv_blocks_localization${inTwo(place)}`),
    head: (step) => `seg_outputs.${step}`,
  });
  const order = [
    ...decoder.flatMap((step) => layersOf(step.blocks)),
    ...encoder.flatMap(layersOf),
    ...decoder.map((step) => step.up),
    ...decoder.map((step) => step.head),
  ];
  return { encoder, decoder, order };
}

/** v1's default network. */
export class Generic_UNet extends UNet {
  override unetLayers(): UNetLayers {
    return genericUnetLayers(this.settings);
  }
}

/** The bottleneck and each decoder step consist of two stacks, the second with one block. */
function inTwo({ stage, index, count }: BlockPlace): string {
  return index < count - 1 ? `.${stage}.0.blocks.${index}` : `.${stage}.1.blocks.0`;
}
