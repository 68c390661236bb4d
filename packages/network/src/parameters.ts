import { counterRandom, sizeOf, type Tensor } from '@nnunet/tensor';
import type { NormLayer } from './layers.ts';
import type { NetworkDescription } from './network-description.ts';
import { networkLayers } from './network-layers.ts';

export interface ParameterShape {
  /** Name in a PyTorch state dict. */
  name: string;
  /** Convolutions (out, in, …kernel), transposed ones (in, out, …kernel), biases and norms (channels). */
  shape: number[];
  /** Running mean or variance of a batch norm: not trained, has no momentum. */
  statistic?: true;
}

/** Weights or momenta by PyTorch's names, in the order of the state dict. */
export type Parameters = Map<string, Tensor>;

/** How a parameter starts: a number, or He's normal distribution. */
type Start = number | 'he';

/** All parameters of a network, in the order of PyTorch's state dict. */
export function parameterShapes(description: NetworkDescription): ParameterShape[] {
  return parametersAtStart(description).map(({ shape: parameter }) => parameter);
}

/** The parameters that have a momentum: all but statistics. */
export function trainableShapes(description: NetworkDescription): ParameterShape[] {
  return parameterShapes(description).filter((p) => !p.statistic);
}

function parametersAtStart(description: NetworkDescription): { shape: ParameterShape; start: Start }[] {
  const list: { shape: ParameterShape; start: Start }[] = [];
  const put = (name: string, shape: number[], start: Start) => list.push({ shape: { name, shape }, start });
  for (const layer of networkLayers(description).order) {
    if (layer.kind === 'norm') {
      list.push(...normParameters(description, layer));
      continue;
    }
    const { name, inputs, outputs, kernel } = layer;
    const channels = layer.kind === 'up' ? [inputs, outputs] : [outputs, inputs];
    put(`${name}.weight`, [...channels, ...kernel], 'he');
    if (layer.bias) put(`${name}.bias`, [outputs], 0);
  }
  return list;
}

function normParameters(
  { norm, dimension, initialisation }: NetworkDescription,
  { name, channels, beforeSum }: NormLayer,
): { shape: ParameterShape; start: Start }[] {
  const shape = norm === 'filterResponse' ? [1, channels, ...new Array<number>(dimension).fill(1)] : [channels];
  const one = initialisation?.zeroResidualNorms && beforeSum ? 0 : 1;
  const affine = [
    { shape: { name: `${name}.weight`, shape }, start: one },
    { shape: { name: `${name}.bias`, shape: [...shape] }, start: 0 },
  ];
  if (norm === 'filterResponse') return [...affine, { shape: { name: `${name}.tau`, shape: [...shape] }, start: 0 }];
  if (norm !== 'batch') return affine;
  const statistic = true as const;
  return [
    ...affine,
    { shape: { name: `${name}.running_mean`, shape: [channels], statistic }, start: 0 },
    { shape: { name: `${name}.running_var`, shape: [channels], statistic }, start: 1 },
  ];
}

/**
 * Weights of a new network: convolutions normal with mean 0 and standard deviation sqrt(2 / (1 + slope²) / fan), fan =
 * shape[1] times the kernel's size (for a transposed convolution these are output channels, as in PyTorch); biases 0,
 * norms 1 and 0. Origin: He et al. 2015; v1's InitWeights_He.
 * @param seed the same seed gives the same weights on every machine
 */
export function initialiseWeights(description: NetworkDescription, seed: number): Parameters {
  const slope = description.initialisation?.slope ?? description.negativeSlope;
  const weights: Parameters = new Map();
  for (const { shape: parameter, start } of parametersAtStart(description)) {
    const { name, shape } = parameter;
    const data = new Float32Array(sizeOf(shape));
    if (start === 'he') {
      const deviation = Math.sqrt(2 / (1 + slope ** 2) / sizeOf(shape.slice(1)));
      counterRandom(seed, 'weights', name).fillNormal(data, deviation);
    } else {
      data.fill(start);
    }
    weights.set(name, { data, shape });
  }
  return weights;
}

/** Zero momenta for all parameters that are trained. */
export function zeroMomenta(description: NetworkDescription): Parameters {
  return new Map(
    trainableShapes(description).map(({ name, shape }) => [name, { data: new Float32Array(sizeOf(shape)), shape }]),
  );
}
