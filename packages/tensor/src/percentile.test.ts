import { expect, it } from 'vitest';
import { percentileOfSorted } from './percentile.ts';

it('interpolates percentiles from the nearer neighbour', () => {
  const of = (values: number[], ...qs: number[]) => qs.map((q) => percentileOfSorted(Float64Array.from(values), q));
  expect(of([10, 20], 10)).toEqual([11]);
  expect(of([7], 0, 99, 100)).toEqual([7, 7, 7]);
  // As NumPy does: 0.1 + 0.6 t, or 0.7 - 0.6 (1 - t), which differ in the last bit.
  expect(of([0.1, 0.7], 10, 45, 50, 52)).toEqual([0.16, 0.37, 0.39999999999999997, 0.412]);
});
