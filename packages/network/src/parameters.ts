import { counterRandom, sizeOf, type Tensor } from '@nnunet/tensor';
import type { NetworkDescription } from './network-description.ts';
import { type Block, unetLayers } from './unet-layers.ts';

export interface ParameterShape {
  /** Name in a PyTorch state dict. */
  name: string;
  /** Convolutions (out, in, …kernel), transposed ones (in, out, …kernel), biases and norms (channels). */
  shape: number[];
}

/** Weights or momenta by PyTorch's names, in the order of the state dict. */
export type Parameters = Map<string, Tensor>;

/** All parameters of a network, in the order of PyTorch's state dict. */
export function parameterShapes(description: NetworkDescription): ParameterShape[] {
  const { encoder, decoder } = unetLayers(description);
  const block = ({ name, inputs, outputs, kernel }: Block): ParameterShape[] => [
    { name: `${name}.conv.weight`, shape: [outputs, inputs, ...kernel] },
    ...(description.convolutionBias ? [{ name: `${name}.conv.bias`, shape: [outputs] }] : []),
    ...(description.norm === 'instance'
      ? [
          { name: `${name}.instnorm.weight`, shape: [outputs] },
          { name: `${name}.instnorm.bias`, shape: [outputs] },
        ]
      : []),
  ];
  return [
    ...decoder.flatMap((step) => step.blocks.flatMap(block)),
    ...encoder.flatMap((blocks) => blocks.flatMap(block)),
    ...decoder.map(({ up }) => ({ name: `${up.name}.weight`, shape: [up.inputs, up.outputs, ...up.kernel] })),
    ...decoder.map(({ head }) => ({
      name: `${head.name}.weight`,
      shape: [description.classes, head.inputs, ...new Array<number>(description.dimension).fill(1)],
    })),
  ];
}

/**
 * Weights of a new network: convolutions normal with mean 0 and standard deviation sqrt(2 / (1 + slope²) / fan), fan =
 * shape[1] times the kernel's size (for a transposed convolution these are output channels, as in PyTorch); biases 0,
 * norms 1 and 0. Origin: He et al. 2015; v1's InitWeights_He.
 * @param seed the same seed gives the same weights on every machine
 */
export function initialiseWeights(description: NetworkDescription, seed: number): Parameters {
  const weights: Parameters = new Map();
  for (const { name, shape } of parameterShapes(description)) {
    const data = new Float32Array(sizeOf(shape));
    if (shape.length > 1) {
      const fan = sizeOf(shape.slice(1));
      const deviation = Math.sqrt(2 / (1 + description.negativeSlope ** 2) / fan);
      counterRandom(seed, 'weights', name).fillNormal(data, deviation);
    } else if (name.endsWith('.instnorm.weight')) {
      data.fill(1);
    }
    weights.set(name, { data, shape });
  }
  return weights;
}

/** Zero momenta for all parameters. */
export function zeroMomenta(description: NetworkDescription): Parameters {
  return new Map(
    parameterShapes(description).map(({ name, shape }) => [name, { data: new Float32Array(sizeOf(shape)), shape }]),
  );
}
