import { recipeV1 } from '@nnunet/augment';
import { expect, it } from 'vitest';
import { loaderMemory } from './loader-memory.ts';

it('counts what waits, what is being made, and the threads', () => {
  const recipe = { ...recipeV1({ patchSize: [10, 10, 10], batchSize: 2 }), loaderPatchSize: [20, 20, 20] };
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
  // Of regions each has labels of its own.
  const regions = { ...given, regions: [[1], [2, 3]] };
  expect(loaderMemory(regions, 3, 0)).toBe(2 * 2 * (3 * 4000 + 2 * 1125) + sample);
});
