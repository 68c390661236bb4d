import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { writeSplits } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { settingsWith } from './settings.fixture.ts';
import { factsOfTask } from './task-facts.ts';

it('tells labels and folds, and how many cases are still to be divided', async () => {
  const roots = resolveRoots({ root: temporaryFolder(), env: {} });
  const settings = settingsWith();
  await expect(factsOfTask(roots, settings)).rejects.toMatchObject({ tag: 'missing-file' });
  const raw = rawFolder(roots, settings.task);
  mkdirSync(raw, { recursive: true });
  const training = ['a', 'b', 'c'].map((id) => ({
    image: `./imagesTr/${id}.nii.gz`,
    label: `./labelsTr/${id}.nii.gz`,
  }));
  const labels = { 0: 'background', 1: 'liver', 2: 'tumour' };
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify({ modality: { 0: 'CT' }, labels, training }));
  const facts = { folds: [0, 1, 2, 3, 4], undivided: 3, planned: null, labels: [1, 2] };
  expect(await factsOfTask(roots, settings)).toEqual(facts);
  const folder = preprocessedFolder(roots, settings.task);
  mkdirSync(folder, { recursive: true });
  const folds = ['a', 'b'].map((id) => ({ train: ['c'], val: [id] }));
  await writeSplits(join(folder, 'splits_final.json'), folds);
  expect(await factsOfTask(roots, settings)).toEqual({ ...facts, folds: [0, 1], undivided: null });
});
