import { expect, it } from 'vitest';
import { topologyV2 } from './topology-v2.ts';

it('halves axes of at least 8 voxels, a single one only from 12 voxels on', () => {
  const strides = (...patch: number[]) => topologyV2([1, 1], patch).strides.slice(1);
  expect(strides(8, 8)).toEqual([[2, 2]]);
  expect(strides(7, 11)).toEqual([]);
  expect(strides(7, 12)).toEqual([[1, 2]]);
  // 16 x 12 becomes 8 x 6, of which the one long axis is too short.
  expect(strides(16, 12)).toEqual([[2, 2]]);
});

it('halves coarse axes, and widens their kernels, once the finer ones are within a factor of two', () => {
  // Spacings 4 1, 4 2, 4 4, 8 8: a ratio of 2 is too much still. Voxels 15 61, 15 31, 15 16, 8 8, 4 4.
  const { strides, kernels, patch, divisors } = topologyV2([4, 1], [15, 61]);
  expect(strides).toEqual([
    [1, 1],
    [1, 2],
    [1, 2],
    [2, 2],
    [2, 2],
  ]);
  expect(kernels).toEqual([
    [1, 3],
    [1, 3],
    [3, 3],
    [3, 3],
    [3, 3],
  ]);
  expect(divisors).toEqual([4, 16]);
  expect(patch).toEqual([16, 64]);
});
