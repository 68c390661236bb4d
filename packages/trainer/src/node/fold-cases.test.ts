import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { casesOfFold } from './fold-cases.ts';

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];

it('writes five folds once, and uses those that are there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'splits-'));
  const first = await casesOfFold(folder, ids, 1);
  expect(first.written).toBe(true);
  expect([...first.train, ...first.val].sort()).toEqual(ids);
  expect(await casesOfFold(folder, ids, 1)).toEqual({ ...first, written: false });
  await writeFile(join(folder, 'splits_final.json'), JSON.stringify([{ train: ['a'], val: ['f'] }]));
  expect(await casesOfFold(folder, ids, 0)).toEqual({ train: ['a'], val: ['f'], written: false });
});

it('trains and validates fold all on everything, without a file', async () => {
  expect(await casesOfFold('/nowhere', ['b', 'a'], 'all')).toEqual({
    train: ['a', 'b'],
    val: ['a', 'b'],
    written: false,
  });
});

it("does not pass over a user's splits in v1's format", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'splits-'));
  await writeFile(join(folder, 'splits_final.pkl'), '');
  expect(isNnUNetError(await casesOfFold(folder, ids, 0).catch((e: unknown) => e), 'foreign-splits')).toBe(true);
  await rm(folder, { recursive: true });
});

it('names the command that makes fewer folds where five are impossible', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'splits-'));
  await expect(casesOfFold(folder, ids.slice(0, 4), 0)).rejects.toThrow(/this task has 4[\s\S]*nnUNet_splits/);
});
