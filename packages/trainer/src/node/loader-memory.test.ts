import { recipeV2 } from '@nnunet/augment';
import { expect, it } from 'vitest';
import { loaderMemory, shareCaches } from './loader-memory.ts';

it('counts what waits, what is being made, and the threads', () => {
  const recipe = { ...recipeV2({ patchSize: [10, 10, 10], batchSize: 2 }), loaderPatchSize: [20, 20, 20] };
  const scales = [
    [1, 1, 1],
    [0.5, 0.5, 0.5],
  ];
  // Two samples of 1000 voxels: three channels of four bytes, labels of one byte at full and an eighth of the size.
  const batch = 2 * (3 * 4000 + 1125);
  const sample = 6 * 4 * 4 * 8000;
  const given = { ...recipe, deepSupervisionScales: scales };
  expect(loaderMemory(given, 3, 0)).toBe(2 * batch + sample);
  const thread = 30 * 2 ** 20;
  expect(loaderMemory(given, 3, 1)).toBe(8 * batch + 2 * (sample + thread));
  expect(loaderMemory(given, 3, 4)).toBe(12 * batch + 5 * (sample + thread));
});

it('shares what is left in proportion', () => {
  expect(shareCaches({ training: 300, validation: 100 }, 200)).toEqual({ training: 150, validation: 50 });
  expect(shareCaches({ training: 300, validation: 100 }, -5)).toEqual({ training: 0, validation: 0 });
  expect(shareCaches({ training: 300, validation: 100 }, 400)).toEqual({ training: 2 ** 30, validation: 2 ** 30 });
});
