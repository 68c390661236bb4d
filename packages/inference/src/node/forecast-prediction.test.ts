import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { forecastPrediction } from './forecast-prediction.ts';
import { describePlanned } from './noise-task.fixture.ts';

const description = describePlanned(tinyPlans([24, 32, 24]));
/** An image of this shape at the resolution of the plans. */
const forecast = (shape: [number, number, number], options: Partial<Parameters<typeof forecastPrediction>[2]> = {}) =>
  forecastPrediction(
    description,
    { shape, spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
    { folds: 1, ...options },
  );

it('counts the tiles of every fold in all mirrored versions', () => {
  // Half a patch from tile to tile: 3 x 1 x 2 tiles.
  expect(forecast([48, 32, 36]).evaluations).toBe(6 * 8);
  expect(forecast([48, 32, 36], { folds: 5 }).evaluations).toBe(5 * 6 * 8);
  expect(forecast([48, 32, 36], { mirrorAxes: [] }).evaluations).toBe(6);
  expect(forecast([48, 32, 36], { mirrorAxes: [2], stepSize: 1 }).evaluations).toBe(2 * 1 * 2 * 2);
});

it('foresees more time and memory for larger images, more memory for more folds and for probabilities', () => {
  const [small, large] = [forecast([48, 32, 36]), forecast([96, 64, 72])];
  expect(large.secondsBeside).toBeGreaterThan(small.secondsBeside);
  expect(large.memory).toBeGreaterThan(small.memory);
  expect(forecast([96, 64, 72], { folds: 5 }).memory).toBeGreaterThan(large.memory);
  expect(forecast([96, 64, 72], { saveProbabilities: true }).memory).toBeGreaterThan(large.memory);
});
