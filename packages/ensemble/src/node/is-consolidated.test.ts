import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectedSources } from '@nnunet/postprocess/node/internal';
import { writeMadeFrom } from '@nnunet/store/internal';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { isConsolidated } from './is-consolidated.ts';

let model: string;
beforeEach(() => {
  model = temporaryFolder();
  // In the order in which they are made: references, predictions, their copies, scores, decision.
  for (const id of ['a', 'b']) put(`gt_niftis/${id}.nii.gz`, 10);
  put('fold_0/validation_raw/a.nii.gz', 20);
  put('fold_1/validation_raw/b.nii.gz', 20);
  for (const id of ['a', 'b']) put(`cv_niftis_raw/${id}.nii.gz`, 30);
  put('cv_niftis_raw/summary.json', 40);
  put('postprocessing.json', 50);
});

/** Writes a file as if it was made then. */
function put(file: string, seconds: number): void {
  const path = join(model, file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, file);
  utimesSync(path, seconds, seconds);
}
const touch = (file: string, seconds: number) => utimesSync(join(model, file), seconds, seconds);
const options = { folds: [0, 1], validationFolder: 'validation_raw', postprocessing: true };
const ask = (change: object = {}) => isConsolidated(model, { ...options, ...change });

it('wants scores, and a decision where one is needed', async () => {
  expect(await ask()).toBe(true);
  rmSync(join(model, 'postprocessing.json'));
  expect([await ask(), await ask({ postprocessing: false })]).toEqual([false, true]);
  rmSync(join(model, 'cv_niftis_raw/summary.json'));
  expect(await ask({ postprocessing: false })).toBe(false);
});

describe('without a record, by when files were made', () => {
  it('takes copies that are as old as the predictions, but no older', async () => {
    touch('cv_niftis_raw/b.nii.gz', 20);
    expect(await ask()).toBe(true);
    touch('cv_niftis_raw/b.nii.gz', 19);
    expect(await ask()).toBe(false);
    rmSync(join(model, 'cv_niftis_raw/b.nii.gz'));
    expect([await ask(), await ask({ folds: [0] }), await ask({ folds: [0, 4] })]).toEqual([false, true, true]);
  });

  it('takes no decision from before a prediction', async () => {
    touch('fold_1/validation_raw/b.nii.gz', 29);
    touch('postprocessing.json', 29);
    expect(await ask()).toBe(true);
    touch('postprocessing.json', 28);
    expect([await ask(), await ask({ postprocessing: false })]).toEqual([false, true]);
  });

  it('takes no scores or decision from before a reference', async () => {
    touch('gt_niftis/b.nii.gz', 40);
    expect(await ask()).toBe(true);
    touch('gt_niftis/b.nii.gz', 41);
    expect([await ask(), await ask({ postprocessing: false })]).toEqual([false, false]);
    touch('cv_niftis_raw/summary.json', 60);
    expect(await ask()).toBe(true);
    touch('gt_niftis/b.nii.gz', 51);
    expect([await ask(), await ask({ postprocessing: false })]).toEqual([false, true]);
    rmSync(join(model, 'gt_niftis/b.nii.gz'));
    expect(await ask()).toBe(true);
  });
});

describe('with a record, by the content of files', () => {
  beforeEach(async () => {
    const sources = await collectedSources({ modelFolder: model, ...options });
    await writeMadeFrom(join(model, 'cv_niftis_raw'), sources);
    touch('cv_niftis_raw/made-from.json', 45);
  });

  it('takes a decision that was made after the record', async () => {
    touch('fold_1/validation_raw/b.nii.gz', 90);
    expect(await ask()).toBe(true);
    touch('postprocessing.json', 45);
    expect(await ask()).toBe(true);
    touch('postprocessing.json', 44);
    expect([await ask(), await ask({ postprocessing: false })]).toEqual([false, true]);
  });

  it('takes folds that are gone, but none that has changed or come', async () => {
    expect(await ask({ folds: [0] })).toBe(true);
    put('fold_2/validation_raw/c.nii.gz', 20);
    expect([await ask(), await ask({ folds: [0, 1, 2] })]).toEqual([true, false]);
    writeFileSync(join(model, 'gt_niftis/a.nii.gz'), 'corrected');
    expect(await ask()).toBe(false);
  });
});
