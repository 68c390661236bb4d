import { expect, it } from 'vitest';
import { robustScale, robustScore } from './robust-scale.ts';

it('is not moved by outliers', () => {
  const scale = robustScale([1, 2, 3, 4, 1000], 0)!;
  expect(scale).toMatchObject({ count: 5, median: 3 });
  expect(scale.deviation).toBeCloseTo(1.4826, 12);
  expect(robustScore(1000, scale)).toBeGreaterThan(600);
  expect(robustScore(1, scale)).toBeCloseTo(-2 / 1.4826, 12);
});

it('has a least deviation, and none for few values', () => {
  expect(robustScale([7, 7, 7, 7, 7, 7], 0.5)).toEqual({ count: 6, median: 7, deviation: 0.5, low: 7, high: 7 });
  expect(robustScale([1, 2, 3, 4], 0)).toBeNull();
});
