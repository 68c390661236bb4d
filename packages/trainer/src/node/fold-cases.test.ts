import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { casesOfFold } from './fold-cases.ts';

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];

it('writes five folds once, and uses those that are there', async () => {
  const folder = temporaryFolder();
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

it("reads a user's splits in v1's format", async () => {
  const folder = temporaryFolder();
  const pickle = Buffer.from(
    'gANdcQB9cQEoWAUAAAB0cmFpbnECXXEDKFgBAAAAYXEEWAEAAABicQVlWAMAAAB2YWxxBl1xB1gBAAAAZnEIYXVhLg==',
    'base64',
  );
  await writeFile(join(folder, 'splits_final.pkl'), pickle);
  expect(await casesOfFold(folder, ids, 0)).toEqual({ train: ['a', 'b'], val: ['f'], written: false });
  expect(await readdir(folder)).toEqual(['splits_final.pkl']);
});

it('names the command that makes fewer folds where five are impossible', async () => {
  const folder = temporaryFolder();
  await expect(casesOfFold(folder, ids.slice(0, 4), 0)).rejects.toThrow(/this task has 4[\s\S]*nnUNet_splits/);
});
