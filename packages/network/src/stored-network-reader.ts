import type { Expression } from '@nnunet/autodiff';
import { atSizes, type Json, readGraph, type Sizes } from '@nnunet/autodiff/graphs';
import { constant, expand } from '@nnunet/autodiff/operators';
import { sizeOf } from '@nnunet/tensor';
import { elementsFromBytes, fromBase64, toBase64 } from '@nnunet/tensor/internal';
import type { LayerContext } from './layers.ts';
import { names } from './network-graph.ts';
import { type NetworkParameter, type ParameterStart, requireParameter } from './network-parameter.ts';
import type { StoredNetwork, StoredParameter, StoredPass } from './stored-network.ts';

/** Names of sizes in a stored network: samples, and axes of the patch. */
export function sizesOf(samples: number, patchSize: readonly number[]): Sizes {
  const axes = ['Z', 'Y', 'X'].slice(-patchSize.length);
  return { N: samples, ...Object.fromEntries(axes.map((name, i) => [name, patchSize[i]!])) };
}

export function storeParameter({ start, ...parameter }: NetworkParameter): StoredParameter {
  if (typeof start === 'number' || !('values' in start)) return { ...parameter, start };
  const values = Float32Array.from(start.values);
  return { ...parameter, start: { values: toBase64(new Uint8Array(values.buffer)) } };
}

const MOST_CHANNELS = 100_000;
const MOST_PARAMETERS = 100_000;
const MOST_WEIGHTS = 2 ** 32;

/** The network of a graph. Assumes nothing about the data: it may come from a damaged file. */
export class StoredNetworkReader {
  readonly parameters: readonly NetworkParameter[];
  readonly #graph: StoredNetwork;

  /** @throws RangeError or TypeError for damaged data, as `forward` */
  constructor(graph: StoredNetwork) {
    const { parameters, training, prediction = training } = graph;
    const { dropouts, statistics } = (prediction ?? {}) as StoredPass;
    if (dropouts !== undefined || statistics !== undefined)
      throw new RangeError('a prediction without dropouts and batch statistics expected');
    if (!Array.isArray(parameters) || parameters.length > MOST_PARAMETERS)
      throw new TypeError('a list of parameters expected');
    this.parameters = parameters.map(readParameter);
    const unique = new Set(this.parameters.map(({ name }) => name));
    if (unique.size !== parameters.length) throw new RangeError('two parameters have the same name');
    this.#graph = graph;
  }

  forward(x: Expression, context: LayerContext): Expression[] {
    const { training, prediction = training } = this.#graph;
    const [samples, , ...patchSize] = x.shape as [number, number, ...number[]];
    const trains = context.onBatchStatistics !== undefined;
    const stored = atSizes((trains ? training : prediction) as unknown as Json, sizesOf(samples, patchSize));
    const { dropouts = [], statistics = [] } = stored as unknown as StoredPass;
    if (!Array.isArray(dropouts) || !dropouts.every((p) => typeof p === 'number' && p >= 0 && p < 1))
      throw new TypeError('probabilities of dropouts expected');
    if (!Array.isArray(statistics) || !statistics.every((s) => typeof s?.count === 'number'))
      throw new TypeError('a list of batch statistics with their counts expected');
    const shapes = new Map(this.parameters.map(({ name, shape }) => [names.weights(name), { name, shape }]));
    const masks = new Map(dropouts.map((probability, i) => [names.masks(i), probability]));
    const expressions = readGraph(stored, (e, name) => {
      if (name === names.data) return x;
      const parameter = shapes.get(name);
      if (parameter !== undefined) return context.parameter(parameter.name, parameter.shape);
      const probability = masks.get(name);
      if (probability === undefined) throw new RangeError(`there is no input ${name}`);
      const [n, c] = e.shape as [number, number];
      if (e.shape.length !== 2 || n !== samples || c > MOST_CHANNELS)
        throw new RangeError(`${name} has the shape ${e.shape.join('x')}: samples and channels expected`);
      return (
        context.mask?.(probability, [n, c]) ?? expand(constant({ data: Float32Array.of(1), shape: [1, 1] }), [n, c])
      );
    });
    const outputs = expressions.slice(0, expressions.length - 2 * statistics.length);
    for (const [i, { norm, bias, count }] of statistics.entries()) {
      const [mean, variance] = expressions.slice(outputs.length + 2 * i) as [Expression, Expression];
      context.onBatchStatistics?.({ norm, ...(bias === undefined ? {} : { bias }), mean, variance, count });
    }
    return outputs;
  }
}

function readParameter(value: StoredParameter): NetworkParameter {
  const { name, shape, start, statistic, ofNorm, cancelled } = (value ?? {}) as StoredParameter;
  if (typeof name !== 'string' || !Array.isArray(shape) || shape.length > 8)
    throw new TypeError('a parameter expected');
  const whole = shape.every((n) => Number.isSafeInteger(n) && n >= 1);
  if (!whole || sizeOf(shape) > MOST_WEIGHTS) throw new RangeError(`${name} has the shape ${shape.join('x')}`);
  const flags = { ...(statistic && { statistic }), ...(ofNorm && { ofNorm }), ...(cancelled && { cancelled }) };
  const parameter = { name, shape, ...flags, start: readStart(start) };
  requireParameter(parameter);
  return parameter;
}

function readStart(start: StoredParameter['start']): ParameterStart {
  if (typeof start !== 'object' || start === null || !('values' in start)) return start as ParameterStart;
  const bytes = fromBase64(String(start.values));
  if (bytes.length % 4 !== 0) throw new RangeError(`initial values of ${bytes.length} bytes`);
  return { values: elementsFromBytes(bytes, 'float32') as Float32Array };
}
