import { sizeOf, type Tensor } from '@nnunet/tensor';
import { type DatasetJsonV2, describeNetworkV2 } from '../src/describe-v2.ts';
import type { NetworkDescription } from '../src/network-description.ts';
import type { PlansV2 } from '../src/plans-v2.ts';
import { networkVariantOf } from '../src/v1-variants.ts';
import { readArrays, readJson } from './goldens.ts';

interface VariantJson {
  size: number[];
  /** Name of v1's class with this network, if any. */
  trainer: string | null;
  description?: NetworkDescription;
  plans?: PlansV2;
  /** In PyTorch's order: shape and, if it has a gradient, its product with hashed numbers and its L2 norm. */
  parameters: Record<string, [shape: number[], product?: number, norm?: number]>;
  stateDictKeys?: string[];
}

export const datasetV2: DatasetJsonV2 = { channel_names: { 0: 'a', 1: 'b' }, labels: { background: 0, x: 1, y: 2 } };

const json = readJson<Record<string, VariantJson>>('variants.json');
export const variantNames = Object.keys(json);

/** Reads a small network as built by v1 or v2, with hashed weights and input, and PyTorch's results. */
export async function readVariant(name: string) {
  const arrays = await readArrays('variants.npz');
  const own = json[name]!;
  const parameters = Object.entries(own.parameters);
  const weights = new Map<string, Tensor>(
    parameters.map(([key, [shape]], i) => [key, { data: hashedWeights(key, shape, i + 1), shape }]),
  );
  return {
    ...own,
    description:
      own.description === undefined
        ? describeNetworkV2(own.plans!, 'x', datasetV2)
        : { ...own.description, ...(own.trainer === null ? {} : networkVariantOf(own.trainer)) },
    weights,
    input: hashed(9001, sizeOf([2, 2, ...own.size])),
    /** Factors of the outputs in the loss, whose mean is summed over the outputs. */
    factors: (output: number, length: number) => hashed(9100 + output, length),
    gradients: parameters.flatMap(([key, [shape, product, norm]], i) =>
      product === undefined ? [] : [{ name: key, product, norm: norm!, factors: hashed(5000 + i, sizeOf(shape)) }],
    ),
    expected: (key: string) => arrays.get(`${name}.${key}`)!,
  };
}

/** Weights that a network's parameters are set to. */
function hashedWeights(name: string, shape: readonly number[], seed: number): Float32Array {
  const numbers = hashed(seed, sizeOf(shape));
  if (name.endsWith('running_var')) return Float32Array.from(numbers, (v) => 1 + Math.fround(0.5 * v));
  if (name.includes('norm') || name.includes('downsample_skip.1')) {
    return Float32Array.from(numbers, (v) => (name.endsWith('weight') ? 1 + Math.fround(0.2 * v) : 0.1 * v));
  }
  const factor = shape.length > 1 ? Math.sqrt(6 / sizeOf(shape.slice(1))) : 0.1;
  return Float32Array.from(numbers, (v) => v * factor);
}

/** Pseudo-random numbers in [-1, 1) derived from their position. */
export function hashed(seed: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    let x = (i + seed * 1000003) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}
