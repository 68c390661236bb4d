import { describe, expect, it } from 'vitest';
import { countValues, countVoxels } from './voxel-check.ts';

describe('countVoxels', () => {
  it('counts NaN, infinite and nonzero voxels', () => {
    const data = Float32Array.of(
      0,
      -0,
      1,
      -2.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
    );
    expect(countVoxels(data)).toEqual({ nan: 2, infinite: 2, nonzero: 6 });
    expect(countVoxels(new Uint8Array(3))).toEqual({ nan: 0, infinite: 0, nonzero: 0 });
  });
});

describe('countValues', () => {
  it('counts each value, NaN and fractions too', () => {
    const counts = countValues(Float32Array.of(0, 1, 1, 255, 256, -1, 0.5, Number.NaN, Number.NaN, 256));
    expect([...counts]).toEqual([[0, 1], [1, 2], [255, 1], [256, 2], [-1, 1], [0.5, 1], [Number.NaN, 2]]); // biome-ignore format: a table
  });
});
