import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { cacheWanted, shareCaches } from './cached-cases.ts';

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
