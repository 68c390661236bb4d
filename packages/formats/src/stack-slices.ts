import type { TypedArray } from '@nnunet/tensor';
import { badImage } from './bad-image.ts';

/** Voxels of one slice, (y, x), x fastest. */
export interface StackedSlice {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly data: TypedArray;
}

/**
 * Stacks slices of equal size, (z, y, x). If their types differ (DICOM slices with different slopes), the result has
 * the smallest type that holds them all.
 *
 * @throws NnUNetError 'bad-image' naming a slice of different size
 */
export function stackSlices(slices: readonly StackedSlice[], where: string): TypedArray {
  const first = slices[0]!;
  for (const slice of slices) {
    if (slice.rows === first.rows && slice.columns === first.columns) continue;
    const what = `${slice.name} has ${slice.rows} x ${slice.columns} pixels, ${first.name} ${first.rows} x ${first.columns}`;
    throw badImage(where, what, 'Keep only one image per folder, with all slices of the same size.');
  }
  const size = first.rows * first.columns;
  const out = emptyArray(
    slices.map(({ data }) => data),
    slices.length * size,
  );
  slices.forEach(({ data }, z) => {
    if (out instanceof BigInt64Array) out.set(data as BigInt64Array, z * size);
    else if (data instanceof BigInt64Array) out.set(Array.from(data, Number), z * size);
    else out.set(data, z * size);
  });
  return out;
}

function emptyArray(parts: readonly TypedArray[], length: number): TypedArray {
  const types = new Set(parts.map((part) => part.constructor));
  if (types.size === 1) return new (parts[0]!.constructor as new (n: number) => TypedArray)(length);
  const integers = [Uint8Array, Int8Array, Uint16Array, Int16Array] as unknown[];
  return [...types].every((type) => integers.includes(type)) ? new Int32Array(length) : new Float64Array(length);
}
