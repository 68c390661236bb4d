import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { writeSplits } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { foldsOfTask } from './task-folds.ts';

it('has the folds of the splits, of another number than five too, and five where there are none', async () => {
  const preprocessed = temporaryFolder();
  const roots = resolveRoots({ env: { nnUNet_preprocessed: preprocessed } });
  const task = 'Task001_Made';
  expect(await foldsOfTask(resolveRoots({ env: {} }), task)).toEqual([0, 1, 2, 3, 4]);
  expect(await foldsOfTask(roots, task)).toEqual([0, 1, 2, 3, 4]);
  mkdirSync(join(preprocessed, task));
  const split = { train: ['a', 'b'], val: ['c'] };
  const file = join(preprocessed, task, 'splits_final.json');
  await writeSplits(file, [split, { train: ['b', 'c'], val: ['a'] }]);
  expect(await foldsOfTask(roots, task)).toEqual([0, 1]);
  const other = 'Task002_Pickled';
  mkdirSync(join(preprocessed, other));
  writeFileSync(join(preprocessed, other, 'splits_final.pkl'), 'no pickle');
  await expect(foldsOfTask(roots, other)).rejects.toThrow(/splits_final/);
  writeFileSync(file, 'no splits');
  await expect(foldsOfTask(roots, task)).rejects.toThrow(file);
});
