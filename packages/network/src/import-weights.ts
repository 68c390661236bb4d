import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { sizeOf, type Tensor, type TypedArray } from '@nnunet/tensor';
import type { NetworkDescription } from './network-description.ts';
import { type Parameters, parameterShapes, trainableShapes } from './parameters.ts';

/** Tensors by name in a PyTorch state dict. */
export type StateDict = ReadonlyMap<string, Tensor<TypedArray>>;

/** Anything with a shape: a tensor, or one still in a file. */
export interface Shaped {
  readonly shape: readonly number[];
}

/**
 * Selects a network's parameters from a state dict, by plain names and in the network's order; no other entries are
 * allowed. Entries may be tensors that have not been read.
 *
 * @param plainName returns the name of a parameter without PyTorch's prefixes; undefined for entries to ignore
 * @param hint what to do about weights that do not match
 * @throws NnUNetError 'bad-weights' for missing or unexpected names, and for other shapes
 */
export function matchWeights<T extends Shaped>(
  stateDict: ReadonlyMap<string, T>,
  description: NetworkDescription,
  { plainName, hint }: { plainName: (key: string) => string | undefined; hint: string },
): Map<string, T> {
  const given = new Map<string, T>();
  for (const [key, tensor] of stateDict) {
    const name = plainName(key);
    if (name !== undefined && (name === key || !stateDict.has(name))) given.set(name, tensor);
  }
  const expected = parameterShapes(description);
  const known = new Set(expected.map((p) => p.name));
  const missing = expected.filter((p) => !given.has(p.name)).map((p) => p.name);
  const unknown = [...given.keys()].filter((name) => !known.has(name));
  const shapes = expected.flatMap(({ name, shape }) => {
    const own = given.get(name)?.shape.join(' x ');
    const wanted = shape.join(' x ');
    return own === undefined || own === wanted ? [] : [`${name} (${own} instead of ${wanted})`];
  });
  const faults = [some('lack', missing), some('have', unknown), some('have other shapes of', shapes)].filter(
    (text) => text !== '',
  );
  if (faults.length > 0) {
    throw new NnUNetError('bad-weights', {
      what: `the weights do not fit the network: they ${faults.join('; they ')}`,
      remedy: hint,
    });
  }
  return new Map(expected.map(({ name }) => [name, given.get(name)!]));
}

/** Converts the tensors to single precision. */
export function inSinglePrecision(tensors: StateDict): Parameters {
  return new Map([...tensors].map(([name, { data, shape }]) => [name, { data: toFloat32(data), shape }]));
}

function some(verb: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  return `${verb} ${listed(names, 3)}`;
}

function toFloat32(data: TypedArray): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

/**
 * Converts the momenta of PyTorch's SGD, which stores them by parameter index.
 *
 * @param buffers `momentum_buffer` by index; missing ones are zero (parameters that never had a gradient)
 * @throws NnUNetError 'bad-weights' for a buffer with a wrong shape or index
 */
export function importMomenta(
  buffers: ReadonlyMap<number, Tensor<TypedArray>>,
  description: NetworkDescription,
): Parameters {
  const expected = trainableShapes(description);
  for (const [index, { shape }] of buffers) {
    const wanted = expected[index];
    if (wanted !== undefined && wanted.shape.join() === shape.join()) continue;
    throw new NnUNetError('bad-weights', {
      what: `momentum ${index} has the shape ${shape.join(' x ')}, its parameter ${wanted?.shape.join(' x ') ?? 'does not exist'}`,
      remedy: 'Use the optimizer state and network of the same training.',
    });
  }
  return new Map(
    expected.map(({ name, shape }, i) => {
      const own = buffers.get(i);
      return [name, { data: own === undefined ? new Float32Array(sizeOf(shape)) : toFloat32(own.data), shape }];
    }),
  );
}
