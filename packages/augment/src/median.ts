import { mirroredHalf } from './blur.ts';
import { wholeNumber } from './sample-streams.ts';
import { channelTransform, type PerChannel, type Range } from './transform-entry.ts';

/**
 * Applies a median filter with a cubic window to one channel, in place, with half-sample mirrored borders. For an even
 * number of values the upper median is taken; a window of even width extends one voxel further towards the start
 * (scipy's median_filter with its defaults).
 *
 * @param width voxels, along axes longer than 1
 */
export function filterMedian(channel: Float32Array, shape: readonly number[], width: number): void {
  const before = Math.floor(width / 2);
  const [n0, n1, n2] = shape as [number, number, number];
  // Index of the voxel at offset k − before from voxel i.
  const neighbours = (n: number): Int32Array[] =>
    Array.from({ length: n }, (_, i) =>
      Int32Array.from({ length: n === 1 ? 1 : width }, (_, k) => (n === 1 ? 0 : mirroredHalf(i + k - before, n))),
    );
  const [planes, rows, columns] = [neighbours(n0), neighbours(n1), neighbours(n2)];
  const values = new Float32Array(planes[0]!.length * rows[0]!.length * columns[0]!.length);
  const source = channel.slice();
  const rank = values.length >> 1;
  let at = 0;
  for (let z = 0; z < n0; z++) {
    for (let y = 0; y < n1; y++) {
      for (let x = 0; x < n2; x++) {
        let count = 0;
        for (const a of planes[z]!) {
          for (const b of rows[y]!) {
            const row = (a * n1 + b) * n2;
            for (const c of columns[x]!) values[count++] = source[row + c]!;
          }
        }
        channel[at++] = select(values, rank);
      }
    }
  }
}

/** Returns the value with a given rank (0: smallest); reorders `values` (Hoare 1961). */
function select(values: Float32Array, rank: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const kept = values[i]!;
      values[i] = values[j]!;
      values[j] = kept;
      i++;
      j--;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank]!;
}

/** Median filter; range of the window width in voxels, both ends included. */
export const medianFilter = channelTransform(
  'median',
  (random, { width }: PerChannel & { width: Range }) => wholeNumber(random, width),
  filterMedian,
);
