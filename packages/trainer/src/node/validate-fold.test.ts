import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plans } from '@nnunet/dataset';
import { isNnUNetError } from '@nnunet/errors';
import { readSummary } from '@nnunet/metrics/node';
import { readNpzFile } from '@nnunet/tensor/node';
import { openFiles, temporaryFolder, tinyPlans } from '@nnunet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyTask } from './tiny-task.fixture.ts';
import { type TrainOptions, train } from './train.ts';
import { type ValidateFoldOptions, validateFold } from './validate-fold.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
const flat = tinyPlans([8, 8]);
const one = tinyPlans([4, 8, 8]);
const stage = {
  ...one.plans_per_stage['0'],
  pool_op_kernel_sizes: [[2, 2, 2]],
  conv_kernel_sizes: [
    [3, 3, 3],
    [3, 3, 3],
  ],
};
const two: Plans = { ...one, num_stages: 2, plans_per_stage: { '0': stage, '1': stage } };

beforeAll(async () => {
  await writeTinyTask(join(root, 'preprocessed'), [0, 1]);
});

function trainTiny(model: string, more: Partial<TrainOptions>) {
  return train({
    preprocessedFolder: join(root, 'preprocessed'),
    modelFolder: join(root, model),
    task: 'Task900_Tiny',
    plans: flat,
    configuration: '2d',
    fold: 0,
    trainer: 'nnUNetTrainerV2',
    settings: { epochs: 1, iterationsPerEpoch: 2 },
    workers: 0,
    ...more,
  });
}

function validateTiny(model: string, more: Partial<ValidateFoldOptions> = {}) {
  const folders = { preprocessedFolder: join(root, 'preprocessed'), modelFolder: join(root, model) };
  return validateFold({ ...folders, task: 'Task900_Tiny', fold: 0, workers: 1, ...more });
}

describe('validateFold', () => {
  it('learns a simple task: predictions of cases never seen are scored', async () => {
    await writeFile(join(root, 'preprocessed', 'gt_segmentations', 'notes.txt'), 'no reference');
    await writeFile(join(root, 'preprocessed', 'gt_segmentations', '.case_9.nii.gz'), 'half a file');
    await trainTiny('2d', { settings: { epochs: 4, iterationsPerEpoch: 60, validationIterationsPerEpoch: 2 } });
    const { folder, cases, summary } = await validateTiny('2d', { saveProbabilities: true });
    expect(cases).toEqual(['case_0']);
    expect((await readdir(folder)).sort()).toEqual(
      ['case_0.json', 'case_0.nii.gz', 'case_0.npz', 'summary.json', 'validation_args.json'].sort(),
    );
    const stored = await readSummary(join(folder, 'summary.json'));
    expect(stored.description).toContain('trained with 4 epochs (default 1000), 60 iterations per epoch');
    expect(stored.results.mean['1'].Dice).toBe(summary!.results.mean['1'].Dice);
    expect(stored.results.mean['1'].Dice).toBeGreaterThan(0.6);
    expect(stored.results.mean['2'].Dice).toBeGreaterThan(0.6);
    expect(stored.name).toBe('nnUNetTrainerV2 val tiled True');
    expect(JSON.parse(await readFile(join(folder, 'validation_args.json'), 'utf8')).step_size).toBe(0.5);
    const names = Array.from({ length: 5 }, (_, i) => `case_${i}.nii.gz`);
    expect((await readdir(join(root, '2d', 'gt_niftis'))).sort()).toEqual(names);
  });

  it('keeps results that exist when asked to', async () => {
    const file = join(root, '2d', 'fold_0', 'validation_raw', 'case_0.nii.gz');
    const before = (await stat(file)).mtimeMs;
    await validateTiny('2d', { overwrite: false });
    expect((await stat(file)).mtimeMs).toBe(before);
    await validateTiny('2d');
    expect((await stat(file)).mtimeMs).toBeGreaterThan(before);
  });

  it('scores the regions of a trainer of regions too', async () => {
    const settings = { epochs: 1, iterationsPerEpoch: 1 };
    await trainTiny('regions', { trainer: 'nnUNetTrainerV2BraTSRegions', settings });
    const { folder } = await validateTiny('regions', { mirroring: false });
    const lines = (await readFile(join(folder, 'summary.csv'), 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('casename,whole tumor,tumor core,enhancing tumor');
    expect(lines[1]).toMatch(/^case_\d,\d\.\d{4},\d\.\d{4},(\d\.\d{4}|nan)$/);
    expect(lines.slice(2).map((line) => line.split(',')[0])).toEqual([
      'mean',
      'median',
      'mean (nan is 1)',
      'median (nan is 1)',
    ]);
  });

  it('needs a finished training', async () => {
    const error = await validateTiny('nothing').catch((e: unknown) => e);
    expect(isNnUNetError(error, 'missing-checkpoint')).toBe(true);
  });

  it('does not score the final model where the best one was asked for', async () => {
    await trainTiny('no-best', {});
    await rm(join(root, 'no-best/fold_0/model_best.safetensors'), { force: true });
    await expect(validateTiny('no-best', { checkpoint: 'best' })).rejects.toThrow(
      /no checkpoint found \(model_best\)[\s\S]*without --valbest/,
    );
  });

  it('hands the lowres segmentations to the cascade, which trains and predicts with them', async () => {
    const previousStageFolder = join(root, 'lowres', 'pred_next_stage');
    const lowres = { plans: two, configuration: '3d_lowres', settings: { epochs: 1, iterationsPerEpoch: 1 } };
    await trainTiny('lowres', { ...lowres, fold: 'all' });
    await validateTiny('lowres', { fold: 'all', mirroring: false });
    expect(existsSync(previousStageFolder)).toBe(false);
    for (const fold of [0, 1, 2, 3, 4]) {
      await trainTiny('lowres', { ...lowres, fold });
      await validateTiny('lowres', { fold, evaluate: false, mirroring: false });
    }
    const written = await readdir(previousStageFolder);
    expect(written.filter((name) => name.endsWith('.npz'))).toHaveLength(5);
    const labels = (await readNpzFile(join(previousStageFolder, 'case_3_segFromPrevStage.npz'))).get('data')!;
    expect(labels).toMatchObject({ dtype: 'uint8', shape: [6, 12, 10] });

    const cascade = { plans: two, configuration: '3d_cascade_fullres', trainer: 'nnUNetTrainerV2CascadeFullRes' };
    const refused = await trainTiny('cascade', { ...cascade, previousStageFolder: root }).catch((e: unknown) => e);
    expect(isNnUNetError(refused, 'missing-previous-stage')).toBe(true);
    await trainTiny('cascade', { ...cascade, previousStageFolder });
    const { summary } = await validateTiny('cascade', { previousStageFolder, mirroring: false });
    expect(summary!.results.all).toHaveLength(1);
  });
});
