import type { TypedArray } from '@nnunet/tensor';

export type NumberArray = Exclude<TypedArray, BigInt64Array>;

/** A 2D slice of voxels. */
export interface Slice<T extends NumberArray = NumberArray> {
  /** (y, x), x fastest. */
  readonly data: T;
  readonly height: number;
  readonly width: number;
}

/** Returns slice z of a volume of `shape` (z, y, x), sharing its memory. */
export function takeSlice<T extends NumberArray>(
  data: T,
  [, height, width]: readonly [number, number, number],
  z: number,
): Slice<T> {
  const size = height * width;
  return { data: data.subarray(z * size, (z + 1) * size) as T, height, width };
}

/** Returns the index of the first slice (axis 0) with the most nonzero voxels. `shape`: (z, y, x). */
export function sliceWithMostForeground(labels: NumberArray, shape: readonly [number, number, number]): number {
  return sliceWithMost((i) => labels[i] !== 0, shape);
}

/**
 * Returns the index of the first slice (axis 0) in which two label maps differ most; if they are equal, the one with
 * the most foreground. `shape`: (z, y, x) of both.
 */
export function sliceOfLargestDisagreement(
  labels: NumberArray,
  others: NumberArray,
  shape: readonly [number, number, number],
): number {
  const z = sliceWithMost((i) => labels[i] !== others[i], shape);
  const size = shape[1] * shape[2];
  for (let i = z * size; i < (z + 1) * size; i++) if (labels[i] !== others[i]) return z;
  return sliceWithMostForeground(labels, shape);
}

function sliceWithMost(counts: (voxel: number) => boolean, shape: readonly [number, number, number]): number {
  const size = shape[1] * shape[2];
  let best = 0;
  let most = -1;
  for (let z = 0; z < shape[0]; z++) {
    let count = 0;
    for (let i = z * size; i < (z + 1) * size; i++) if (counts(i)) count++;
    if (count > most) {
      most = count;
      best = z;
    }
  }
  return best;
}
