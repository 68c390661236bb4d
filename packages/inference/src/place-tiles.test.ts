import { expect, it } from 'vitest';
import { countEvaluations, placeTiles } from './place-tiles.ts';

it('counts evaluations as they are placed', () => {
  for (const [imageSize, patchSize] of [
    [
      [40, 50, 60],
      [16, 20, 24],
    ],
    [
      [3, 50, 7],
      [16, 20, 24],
    ],
    [
      [9, 50, 60],
      [20, 24],
    ],
  ] as const) {
    for (const stepSize of [0.3, 0.5, 1]) {
      const placement = { imageSize, patchSize, stepSize, mirrorAxes: [0, 1] };
      expect(countEvaluations(placement)).toBe(4 * placeTiles(placement).starts.length);
    }
  }
});

it('counts more tiles than could be listed', () => {
  // (100000 - 10) / 5 + 1 along each axis.
  expect(countEvaluations({ imageSize: [1e5, 1e5, 1e5], patchSize: [10, 10, 10], stepSize: 0.5 })).toBe(19999 ** 3);
});
