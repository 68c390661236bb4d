import { expect, it } from 'vitest';
import { firstNotFinite } from './first-not-finite.ts';

it('finds the first number that float32 does not hold', () => {
  expect(firstNotFinite(Float32Array.of(0, -1, 3.4e38))).toBe(-1);
  expect(firstNotFinite(new Float32Array())).toBe(-1);
  expect(firstNotFinite(Float32Array.of(Number.NaN, 1))).toBe(0);
  expect(firstNotFinite(Float32Array.of(1, 2, -Infinity, Number.NaN))).toBe(2);
  expect(firstNotFinite(Float64Array.of(1, 3.5e38, 2))).toBe(1);
});
