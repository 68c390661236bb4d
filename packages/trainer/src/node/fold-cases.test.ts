import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomSplitV2 } from '@nnunet/dataset';
import { NnUNetError } from '@nnunet/errors';
import { writeSplits } from '@nnunet/store';
import { writeMadeFrom } from '@nnunet/store/internal';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { casesOfFold, storeSplits } from './fold-cases.ts';
import { foldData } from './fold-data.ts';
import { writeTinyTask } from './tiny-task.fixture.ts';

vi.mock('@nnunet/store', async (original) => {
  const real = await original<typeof import('@nnunet/store')>();
  return { ...real, writeSplits: vi.fn(real.writeSplits) };
});

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];

it('makes five folds, which are written on request alone, and uses those that are there', async () => {
  const folder = temporaryFolder();
  const first = await casesOfFold(folder, ids, 1);
  expect(first.made).toHaveLength(5);
  expect([...first.train, ...first.val].sort()).toEqual(ids);
  expect(await readdir(folder)).toEqual([]);
  await storeSplits(folder, first);
  const second = await casesOfFold(folder, ids, 1);
  expect(second).toEqual({ ...first, made: null });
  await storeSplits(folder, second);
  await writeFile(join(folder, 'splits_final.json'), JSON.stringify([{ train: ids.slice(0, 5), val: ['f'] }]));
  expect(await casesOfFold(folder, ids, 0)).toEqual({ train: ids.slice(0, 5), val: ['f'], made: null, notices: [] });
});

it('makes the same folds again where prepared data may only be read, and says so', async () => {
  const { made } = await casesOfFold(temporaryFolder(), ids, 1);
  const denied = new NnUNetError('no-access', { what: 'access is denied', where: 'f' });
  vi.mocked(writeSplits).mockRejectedValueOnce(denied);
  const told: string[] = [];
  await storeSplits('/prepared', { made }, (text) => told.push(text));
  expect(told).toEqual([
    expect.stringMatching(/five, and \/prepared\/splits_final\.json cannot .*: access is denied\. Ask/),
  ]);
  vi.mocked(writeSplits).mockRejectedValueOnce(new NnUNetError('disk-full', { what: 'no space left on the disk' }));
  await expect(storeSplits('/prepared', { made })).rejects.toMatchObject({ tag: 'disk-full' });
});

it('draws a fold beyond the splits where its rules do, says so, and refuses it elsewhere', async () => {
  const folder = await stored({ train: ids.slice(0, 5), val: ['f'] });
  const first = await casesOfFold(folder, ids, 1, randomSplitV2);
  expect(first).toEqual({
    ...randomSplitV2(1, ids),
    made: null,
    notices: [
      expect.stringMatching(/^fold 1 is not among the 1 fold of splits_final\.json: it is a random 80:20 split/),
    ],
  });
  expect((await casesOfFold(folder, ids, 0, randomSplitV2)).val).toEqual(['f']);
  await expect(casesOfFold(folder, ids, 1)).rejects.toMatchObject({ tag: 'usage' });
  // The splits are written for the other folds.
  expect((await casesOfFold(temporaryFolder(), ids, 5, randomSplitV2)).made).toHaveLength(5);
  await expect(casesOfFold(folder, ['a'], 1, randomSplitV2)).rejects.toMatchObject({ tag: 'bad-splits' });
});

it('trains and validates fold all on everything, without a file', async () => {
  expect(await casesOfFold('/nowhere', ['b', 'a'], 'all')).toEqual({
    train: ['a', 'b'],
    val: ['a', 'b'],
    made: null,
    notices: [],
  });
});

const stored = async (...splits: { train: string[]; val: string[] }[]) => {
  const folder = temporaryFolder();
  await writeFile(join(folder, 'splits_final.json'), JSON.stringify(splits));
  return folder;
};

it('names in a line each the cases in both lists, in neither, and listed twice', async () => {
  const others = { train: ids, val: ['a'] };
  const folder = await stored(others, { train: ['a', 'b', 'c', 'c'], val: ['b', 'd'] });
  expect((await casesOfFold(folder, ids, 1)).notices).toEqual([
    'warning: fold 1 of splits_final.json, in both training and validation: b (nnUNet_splits makes new folds)',
    'warning: fold 1 of splits_final.json, more than once in training: c (nnUNet_splits makes new folds)',
    'warning: fold 1 of splits_final.json, neither in training nor in validation: e, f (nnUNet_splits makes new folds)',
  ]);
});

it.each([
  [{ train: ids, val: [] }, 'fold 0 has no cases in validation'],
  [{ train: [], val: ids }, 'fold 0 has no cases in training'],
  [{ train: [], val: [] }, 'fold 0 has no cases in training and no cases in validation'],
])('refuses a fold with an empty list: %j', async (split, what) => {
  const folder = await stored(split);
  await expect(casesOfFold(folder, ids, 0)).rejects.toMatchObject({
    tag: 'bad-splits',
    what,
    where: join(folder, 'splits_final.json'),
  });
});

it('makes no folds of a stage whose preprocessing was stopped', async () => {
  const folder = temporaryFolder();
  await writeTinyTask(folder, [0]);
  const stage = join(folder, 'nnUNetData_plans_v2.1_stage0');
  await writeMadeFrom(stage, { sources: {}, unfinished: 60 });
  const options = { preprocessedFolder: folder, fold: 0 as const };
  const trainer = createTrainer({ plans: tinyPlans([8, 8]), configuration: '2d', trainer: 'nnUNetTrainerV2' });
  await expect(foldData(options, trainer)).rejects.toThrow(/stage0: is unfinished: not all of its 60 cases are done/);
  expect(await readdir(folder)).not.toContain('splits_final.json');
  await writeMadeFrom(stage, { sources: {} });
  expect((await foldData(options, trainer)).split.made).toHaveLength(5);
});

it("reads a user's splits in v1's format", async () => {
  const folder = temporaryFolder();
  const pickle = Buffer.from(
    'gANdcQB9cQEoWAUAAAB0cmFpbnECXXEDKFgBAAAAYXEEWAEAAABicQVlWAMAAAB2YWxxBl1xB1gBAAAAZnEIYXVhLg==',
    'base64',
  );
  await writeFile(join(folder, 'splits_final.pkl'), pickle);
  expect(await casesOfFold(folder, ids, 0)).toMatchObject({ train: ['a', 'b'], val: ['f'], made: null });
  expect(await readdir(folder)).toEqual(['splits_final.pkl']);
});

it('names the command that makes fewer folds where five are impossible', async () => {
  const folder = temporaryFolder();
  await expect(casesOfFold(folder, ids.slice(0, 4), 0)).rejects.toThrow(/this task has 4[\s\S]*nnUNet_splits/);
});
