import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { mixed } from './mixed-interval.ts';

const draw = (low: number, high: number) => {
  const random = counterRandom(low, high);
  return Array.from({ length: 2000 }, () => mixed(random, [low, high]));
};

it.each([
  [0.6, 3],
  [0.9, 1.1],
])('draws half of the numbers below 1 and half above, of %d to %d', (low, high) => {
  const values = draw(low, high);
  const below = values.filter((value) => value < 1);
  expect(below.length / values.length).toBeCloseTo(0.5, 1);
  expect(below.reduce((a, b) => a + b, 0) / below.length).toBeCloseTo((low + 1) / 2, 1.5);
  const above = values.filter((value) => value >= 1);
  expect(above.reduce((a, b) => a + b, 0) / above.length).toBeCloseTo((high + 1) / 2, 1);
});

it.each([
  [1, 2],
  [1.5, 2],
])('draws evenly from %d to %d, where nothing lies below 1', (low, high) => {
  const values = draw(low, high);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
  expect(Math.max(...values)).toBeLessThan(high);
  expect(values.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo((low + high) / 2, 1.5);
});
