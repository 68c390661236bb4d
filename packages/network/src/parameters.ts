import { counterRandom, sizeOf, type Tensor } from '@nnunet/tensor';
import type { NormLayer } from './layers.ts';
import type { NetworkDescription } from './network-description.ts';
import { networkLayers } from './network-layers.ts';

export interface ParameterShape {
  /** Name in a PyTorch state dict. */
  name: string;
  /** Convolutions (out, in, …kernel), transposed convolutions (in, out, …kernel), biases and norms (channels). */
  shape: number[];
  /** Running mean or variance of a batch norm: not trained, has no momentum. */
  statistic?: true;
}

/** Weights or momenta by PyTorch's names, in the order of the state dict. */
export type Parameters = Map<string, Tensor>;

/** Initial value of a parameter: a constant, or He's normal distribution. */
type Start = number | 'he';

interface Parameter {
  shape: ParameterShape;
  start: Start;
  /** Belongs to a norm rather than a convolution. */
  ofNorm: boolean;
}

/** Returns all parameters of a network, in the order of PyTorch's state dict. */
export function parameterShapes(description: NetworkDescription): ParameterShape[] {
  return parametersAtStart(description).map(({ shape: parameter }) => parameter);
}

/** Returns the parameters that have a momentum: all except statistics. */
export function trainableShapes(description: NetworkDescription): ParameterShape[] {
  return parameterShapes(description).filter((p) => !p.statistic);
}

function parametersAtStart(description: NetworkDescription): Parameter[] {
  const list: Parameter[] = [];
  const put = (name: string, shape: number[], start: Start) =>
    list.push({ shape: { name, shape }, start, ofNorm: false });
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
): Parameter[] {
  const shape = norm === 'filterResponse' ? [1, channels, ...new Array<number>(dimension).fill(1)] : [channels];
  const parameter = (key: string, start: number, statistic?: true): Parameter => ({
    shape: { name: `${name}.${key}`, shape: [...shape], ...(statistic ? { statistic } : {}) },
    start,
    ofNorm: true,
  });
  const affine = [parameter('weight', initialisation?.zeroResidualNorms && beforeSum ? 0 : 1), parameter('bias', 0)];
  if (norm === 'filterResponse') return [...affine, parameter('tau', 0)];
  if (norm !== 'batch') return affine;
  return [...affine, parameter('running_mean', 0, true), parameter('running_var', 1, true)];
}

/**
 * Initialises the weights of a new network: convolutions normal with mean 0 and standard deviation sqrt(2 / (1 +
 * slope²) / fan), where fan = shape[1] times the kernel's size (for a transposed convolution shape[1] is the output
 * channels, as in PyTorch); biases 0, norms 1 and 0. Origin: He et al. 2015; v1's InitWeights_He.
 *
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

/** Slope in He's rule, whatever the network's own. */
const REDRAW_SLOPE = 0.01;

/**
 * Returns weights for another attempt after a network has learnt nothing: convolutions redrawn, their biases 0, norms
 * kept.
 * Origin: v1 applies InitWeights_He(1e-2) again, which only affects convolutions.
 */
export function redrawConvolutions(description: NetworkDescription, weights: Parameters, seed: number): Parameters {
  const kept = new Set(parametersAtStart(description).flatMap((p) => (p.ofNorm ? [p.shape.name] : [])));
  const initialisation = { ...description.initialisation, slope: REDRAW_SLOPE };
  const fresh = initialiseWeights({ ...description, initialisation }, seed);
  return new Map([...fresh].map(([name, tensor]) => [name, kept.has(name) ? weights.get(name)! : tensor]));
}

/** Returns zero momenta for all trained parameters. */
export function zeroMomenta(description: NetworkDescription): Parameters {
  return new Map(
    trainableShapes(description).map(({ name, shape }) => [name, { data: new Float32Array(sizeOf(shape)), shape }]),
  );
}
