import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { RulesV1 } from '../rules-v1.ts';
import { forecastPrediction } from './forecast-prediction.ts';
import { describePlanned } from './noise-task.fixture.ts';

const rules = new RulesV1(describePlanned(tinyPlans([24, 32, 24])));
const frame = { origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
/** An image of this shape, by default at the resolution of the plans. */
const forecast = (
  shape: [number, number, number],
  { mm = 1, ...options }: Partial<Parameters<typeof forecastPrediction>[2]> & { mm?: number } = {},
) => forecastPrediction(rules, { shape, spacing: [mm, mm, mm], ...frame }, { folds: 1, ...options });

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

it('foresees the memory of what needs more of it, preparing the image or predicting it', () => {
  const voxels = 96 * 64 * 72;
  // The image, the sums of three classes, and their probabilities before and after they are brought to its shape.
  const predicting = 4 * (1 + 3 + 3 + 3) * voxels;
  expect(forecast([96, 64, 72], { saveProbabilities: true }).memory).toBeGreaterThan(64 * 2 ** 20 + predicting);
  // The image, its mask, and what is made of it; the network sees one voxel in 64.
  const preparing = (4 + 4 + 4) * voxels;
  expect(forecast([96, 64, 72], { mm: 0.25 }).memory).toBeGreaterThan(64 * 2 ** 20 + preparing);
});
