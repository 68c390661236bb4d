import { describe, expect, it } from 'vitest';
import { countValues, hasNonzero } from './voxel-check.ts';

describe('hasNonzero', () => {
  it('tells zeros, also negative ones, from others', () => {
    expect(hasNonzero(Float32Array.of(0, -0, 0))).toBe(false);
    expect(hasNonzero(Float32Array.of(0, 0, -1e-30))).toBe(true);
  });
});

describe('countValues', () => {
  it('counts each value, NaN and fractions too', () => {
    const counts = countValues(Float32Array.of(0, 1, 1, 255, 256, -1, 0.5, Number.NaN, Number.NaN, 256));
    expect([...counts]).toEqual([[0, 1], [1, 2], [255, 1], [256, 2], [-1, 1], [0.5, 1], [Number.NaN, 2]]); // biome-ignore format: a table
  });
});
