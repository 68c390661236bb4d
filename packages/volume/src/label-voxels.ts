import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from './volume.ts';

/** Array types for labels: the smallest that holds every value. Float32Array only if a value is not an integer. */
export type LabelArray = Uint8Array | Int16Array | Int32Array | Float32Array;

/** Values this close to an integer are rounded to it: programs that resample or rescale leave 0.9999 for 1. */
export const LABEL_TOLERANCE = 0.01;

/** Labels as read; `rounded` counts values that were not exact integers. */
export interface ReadLabels {
  data: LabelArray;
  rounded: number;
}

/**
 * Returns labels in the smallest array that holds them, whatever type they are stored as. Values within {@link
 * LABEL_TOLERANCE} of an integer are rounded. If other values remain (including NaN), all are returned as float32,
 * unrounded.
 */
export function labelArray(values: TypedArray | BigUint64Array): ReadLabels {
  if (values instanceof Uint8Array) return { data: values, rounded: 0 };
  // float64 holds every label of the other types; float32 would round those beyond 2^24.
  const numbers =
    values instanceof BigInt64Array || values instanceof BigUint64Array ? Float64Array.from(values, Number) : values;
  let [low, high, rounded] = [0, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    let value = numbers[i]!;
    if (!Number.isInteger(value)) {
      const whole = Math.round(value);
      if (!(Math.abs(value - whole) <= LABEL_TOLERANCE)) return { data: Float32Array.from(numbers), rounded: 0 };
      rounded++;
      value = whole;
    }
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  return { data: smallest(numbers, low, high, rounded > 0), rounded };
}

function smallest(numbers: ArrayLike<number>, low: number, high: number, round: boolean): LabelArray {
  const value = round ? Math.round : undefined;
  const into = <T>(type: { from(list: ArrayLike<number>, map?: (n: number) => number): T }): T =>
    type.from(numbers, value);
  if (low >= 0 && high <= 255) return into(Uint8Array);
  if (low >= -32768 && high <= 32767) return into(Int16Array);
  return low >= -2147483648 && high <= 2147483647 ? into(Int32Array) : into(Float32Array);
}

/** Notice about a label file whose values were rounded; null if all were integers. */
export function roundedNotice(file: string, volume: Pick<Volume, 'rounded'> | null): string | null {
  const rounded = volume?.rounded ?? 0;
  if (rounded === 0) return null;
  return `${file}: ${rounded === 1 ? '1 label is not an integer and was' : `${rounded} labels are not integers and were`} rounded`;
}

/** @throws NnUNetError 'bad-labels' with the number of values that are not integers */
export function requireWholeLabels(data: LabelArray, where: string): void {
  if (!(data instanceof Float32Array)) return;
  let [nan, others, example] = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (Number.isNaN(value)) nan++;
    else if (!Number.isInteger(value)) {
      if (others === 0) example = value;
      others++;
    }
  }
  if (nan + others === 0) return;
  const count = (n: number) => (n === 1 ? '1 voxel' : `${n} voxels`);
  const found = [
    ...(nan > 0 ? [`NaN (${count(nan)})`] : []),
    ...(others > 0 ? [`values that are not integers, such as ${example} (${count(others)})`] : []),
  ];
  throw new NnUNetError('bad-labels', {
    what: `is not a label map: it contains ${found.join(' and ')}`,
    where,
    remedy: 'Store one integer per voxel, with 0 for background. Do not interpolate between labels.',
  });
}
