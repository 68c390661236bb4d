import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recipeV1 } from '@nnunet/augment';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { cacheWanted, loaderMemory, shareCaches } from './loader-memory.ts';

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

it('wants to keep all cases in each thread, up to a bound', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.npy'), new Uint8Array(300));
  writeFileSync(join(folder, 'b.npy'), new Uint8Array(50));
  const source = (...caseIds: string[]) => ({ kind: 'prepared' as const, folder, caseIds });
  expect([0, 1, 3].map((threads) => cacheWanted(source('a', 'b'), threads))).toEqual([350, 350, 1050]);
  expect(cacheWanted(source('a'), 2 ** 30)).toBe(2 ** 30);
  // A case that is packed is taken to be large; arrays are in memory already.
  expect(cacheWanted(source('a', 'packed'), 1)).toBe(2 ** 30);
  expect(cacheWanted({ kind: 'arrays', cases: [] }, 2)).toBe(0);
});

it('shares what is left in proportion', () => {
  expect(shareCaches({ training: 300, validation: 100 }, 200)).toEqual({ training: 150, validation: 50 });
  expect(shareCaches({ training: 300, validation: 100 }, -5)).toEqual({ training: 0, validation: 0 });
  expect(shareCaches({ training: 300, validation: 100 }, 400)).toEqual({ training: 2 ** 30, validation: 2 ** 30 });
  expect(shareCaches({ training: 300, validation: 101 }, 200)).toEqual({ training: 149, validation: 50 });
  expect(shareCaches({ training: 0, validation: 0 }, 0)).toEqual({ training: 0, validation: 0 });
});
