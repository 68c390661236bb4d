import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import type { FolderProgress } from '@nnunet/inference/node';
import { type LabelComparison, shippedMetrics } from '@nnunet/metrics';
import { readSummary } from '@nnunet/metrics/node';
import type { Plans } from '@nnunet/schema';
import { readNpzFile } from '@nnunet/tensor/node';
import { openFiles, temporaryFolder, tinyPlans } from '@nnunet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shippedListeners, type TrainingEvent } from '../training-listener.ts';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';
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
    ...tinyFold(root, model),
    plans: flat,
    configuration: '2d',
    trainer: 'nnUNetTrainerV2',
    settings: { epochs: 1, iterationsPerEpoch: 2 },
    workers: 0,
    ...more,
  });
}

function validateTiny(model: string, more: Partial<ValidateFoldOptions> = {}) {
  return validateFold({ ...tinyFold(root, model), workers: 1, ...more });
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
    expect(stored.results.mean['1']!.Dice).toBe(summary!.results.mean['1']!.Dice);
    expect(stored.results.mean['1']!.Dice).toBeGreaterThan(0.6);
    expect(stored.results.mean['2']!.Dice).toBeGreaterThan(0.6);
    expect(stored.name).toBe('nnUNetTrainerV2 val tiled True');
    expect(JSON.parse(await readFile(join(folder, 'validation_args.json'), 'utf8')).step_size).toBe(0.5);
    const names = Array.from({ length: 5 }, (_, i) => `case_${i}.nii.gz`);
    expect((await readdir(join(root, '2d', 'gt_niftis'))).sort()).toEqual(names);
  });

  it('scores by metrics of your own too, and tells listeners what they say', async () => {
    const voxels = { name: 'Voxels', score: ({ counts }: LabelComparison) => counts.tp + counts.fn };
    const heard: TrainingEvent<'validated'>[] = [];
    const mine = { name: 'mine', validated: (event: TrainingEvent<'validated'>) => void heard.push(event) };
    const told = { metrics: shippedMetrics.with(voxels), listeners: shippedListeners.with(mine) };
    const { folder, summary } = await validateTiny('2d', { ...told, overwrite: false });
    const { all, mean } = (await readSummary(join(folder, 'summary.json'))).results;
    // Label 2 is a column of 3 x 3 voxels in 6 slices.
    expect([all[0]!['2'], mean['2']]).toEqual([summary!.results.all[0]!['2'], summary!.results.mean['2']]);
    expect(mean['2']!.Voxels).toBe(54);
    expect(heard).toEqual([
      {
        ...{ task: 'Task900_Tiny', configuration: '2d', fold: 0, trainer: 'nnUNetTrainerV2' },
        foldFolder: join(root, '2d', 'fold_0'),
        classes: ['1', '2'],
        cases: ['case_0'],
        scores: summary!.results.mean,
        summaryFile: join(folder, 'summary.json'),
      },
    ]);
  });

  it('keeps results that exist when asked to', async () => {
    const file = join(root, '2d', 'fold_0', 'validation_raw', 'case_0.nii.gz');
    const before = (await stat(file)).mtimeMs;
    await validateTiny('2d', { overwrite: false });
    expect((await stat(file)).mtimeMs).toBe(before);
    await validateTiny('2d');
    expect((await stat(file)).mtimeMs).toBeGreaterThan(before);
  });

  it('writes down how it predicted, and predicts again what has no probabilities yet', async () => {
    const raw = join(root, '2d', 'fold_0', 'validation_raw');
    const args = async (name: string) =>
      JSON.parse(await readFile(join(root, '2d', 'fold_0', name, 'validation_args.json'), 'utf8'));
    const usual = {
      do_mirroring: true,
      use_sliding_window: true,
      step_size: 0.5,
      save_softmax: false,
      use_gaussian: true,
      overwrite: true,
      validation_folder_name: 'validation_raw',
      all_in_gpu: false,
    };
    const model = { file: 'model_final_checkpoint.safetensors', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    await validateTiny('2d');
    expect(await args('validation_raw')).toEqual({ ...usual, model });
    expect(await readdir(raw)).not.toContain('case_0.npz');
    const changed = async () => (await stat(join(raw, 'case_0.nii.gz'))).mtimeMs;
    const first = await changed();
    const kept = { overwrite: false, saveProbabilities: true };
    await validateTiny('2d', kept);
    expect(await readdir(raw)).toContain('case_0.npz');
    const second = await changed();
    expect(second).toBeGreaterThan(first);
    await validateTiny('2d', kept);
    expect(await changed()).toBe(second);
    const other = { validationFolder: 'other', mirroring: false, stepSize: 1, gaussian: false, ...kept };
    await validateTiny('2d', other);
    expect(await args('other')).toEqual({
      ...usual,
      do_mirroring: false,
      step_size: 1,
      save_softmax: true,
      use_gaussian: false,
      overwrite: false,
      validation_folder_name: 'other',
      model,
    });
  });

  it('tells how far it is, and scores background and labels', async () => {
    await trainTiny('all', { fold: 'all' });
    const told: FolderProgress[] = [];
    const lines: string[] = [];
    const asked = { mirroring: false, fold: 'all' as const, onLog: (line: string) => lines.push(line) };
    const onProgress = (progress: FolderProgress) => told.push(progress);
    const { cases, summary } = await validateTiny('all', { ...asked, onProgress });
    const ids = ['case_0', 'case_1', 'case_2', 'case_3', 'case_4'];
    expect(cases).toEqual(ids);
    expect([...new Set(told.map(({ caseId, casesDone }) => `${caseId} ${casesDone}`))]).toEqual(
      ids.map((id, i) => `${id} ${i}`),
    );
    const shares = told.filter(({ casesDone }) => casesDone === 3).map(({ share }) => share);
    expect(shares.length).toBeGreaterThan(1);
    expect(shares).toEqual(shares.map((_, i) => (i + 1) / shares.length));
    // With the last of five cases nothing is left.
    expect(told.at(-1)).toMatchObject({ cases: 5, share: 1, secondsLeft: 0 });
    expect(lines).toEqual(['scoring 5 cases']);
    expect(Object.keys(summary!.results.mean)).toEqual(['0', '1', '2']);
    expect(summary!.results.all).toHaveLength(5);
    // Those that are skipped are done.
    await rm(join(root, 'all', 'all', 'validation_raw', 'case_4.nii.gz'));
    told.length = 0;
    await validateTiny('all', { ...asked, overwrite: false, onProgress });
    expect(told[0]).toMatchObject({ caseId: 'case_4', casesDone: 4 });
    expect(told.at(-1)).toMatchObject({ caseId: 'case_4', share: 1, secondsLeft: 0 });
  });

  it('validates the latest checkpoint too, to which nothing belongs later', async () => {
    const stop = new AbortController();
    const settings = { epochs: 2, iterationsPerEpoch: 1 };
    await trainTiny('stopped', { settings, signal: stop.signal, onEpoch: () => stop.abort() });
    const { folder } = await validateTiny('stopped', { checkpoint: 'latest', mirroring: false });
    expect(JSON.parse(await readFile(join(folder, 'validation_args.json'), 'utf8'))).not.toHaveProperty('model');
    await expect(validateTiny('stopped', { checkpoint: 'final' })).rejects.toMatchObject({ tag: 'missing-checkpoint' });
  });

  it('writes the folds where they are gone, and looks for the references before it predicts', async () => {
    const splits = join(root, 'preprocessed', 'splits_final.json');
    const before = await readFile(splits, 'utf8');
    await rm(splits);
    const told: unknown[] = [];
    const reference = join(root, 'preprocessed', 'gt_segmentations', 'case_0.nii.gz');
    const bytes = await readFile(reference);
    await rm(reference);
    const refused = validateTiny('2d', { onProgress: (progress) => told.push(progress) });
    await expect(refused).rejects.toMatchObject({ tag: 'missing-references' });
    expect(told).toEqual([]);
    await writeFile(reference, bytes);
    expect(await readFile(splits, 'utf8')).toBe(before);
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

  it('scores the regions that its task asks for beside the labels', async () => {
    const regions = [
      { name: 'whole', values: [1, 2] },
      { name: 'part', values: [2] },
    ];
    await trainTiny('declared', { plans: { ...flat, regions, regions_class_order: [1, 2] } });
    const { folder, regions: told } = await validateTiny('declared', { mirroring: false });
    const { results } = await readSummary(join(folder, 'summary.json'));
    expect(Object.keys(results.mean)).toEqual(['0', '1', '2']);
    expect(results.regions!.map(({ name, labels }) => [name, labels])).toEqual([['whole', [1, 2]], ['part', [2]]]); // biome-ignore format: a row
    expect(results.regions!.map(({ all }) => all.map(({ Dice }) => Dice))).toEqual(
      ['whole', 'part'].map((name) => told!.map(({ dice }) => dice[name])),
    );
    expect(results.regions![1]!.mean).toEqual(results.mean[2]);
  });

  it('needs a finished training', async () => {
    const error = await validateTiny('nothing').catch((e: unknown) => e);
    expect(isNnUNetError(error, 'missing-checkpoint')).toBe(true);
  });

  it('does not score the final model where the best one was asked for', async () => {
    await trainTiny('no-best', {});
    await rm(join(root, 'no-best/fold_0/model_best.safetensors'), { force: true });
    await expect(validateTiny('no-best', { checkpoint: 'best' })).rejects.toThrow(
      /no checkpoint found \(model_best\)[\s\S]*without `validateBest`/,
    );
  });

  it('hands the lowres segmentations to the cascade, which trains and predicts with them', async () => {
    const previousStageFolder = join(root, 'lowres', 'pred_next_stage');
    const lowres = { plans: two, configuration: '3d_lowres' as const, settings: { epochs: 1, iterationsPerEpoch: 1 } };
    await trainTiny('lowres', { ...lowres, fold: 'all' });
    const lines: string[] = [];
    const ofAll = { fold: 'all' as const, mirroring: false, onLog: (line: string) => lines.push(line) };
    await validateTiny('lowres', ofAll);
    expect(existsSync(previousStageFolder)).toBe(false);
    expect(lines).toEqual([expect.stringMatching(/^a model trained on all cases has seen/), 'scoring 5 cases']);
    for (const fold of [0, 1, 2, 3, 4]) {
      await trainTiny('lowres', { ...lowres, fold });
      const { folder, summary } = await validateTiny('lowres', { fold, evaluate: false, mirroring: false });
      expect([existsSync(folder), summary]).toEqual([false, null]);
    }
    const record = async (fold: number) =>
      JSON.parse(await readFile(join(previousStageFolder, `fold_${fold}.json`), 'utf8'));
    expect(await record(4)).toMatchObject({ model: { file: 'model_final_checkpoint.safetensors' }, finished: true });
    // Stopped in between, a fold is not finished; where the cascade is not asked for, nothing is written.
    const stop = new AbortController();
    const stopped = validateTiny('lowres', { evaluate: false, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(await record(0)).toMatchObject({ finished: false });
    await validateTiny('lowres', { predictNextStage: false, mirroring: false });
    expect(await record(0)).toMatchObject({ finished: false });
    await validateTiny('lowres', { evaluate: false, mirroring: false });
    expect(await record(0)).toMatchObject({ finished: true });
    // What is there of this model is kept if asked to.
    const kept = { evaluate: false, overwrite: false, mirroring: false };
    const noCase = () => expect.unreachable('a case was predicted again');
    await validateTiny('lowres', { ...kept, onProgress: noCase });
    expect(await record(0)).toMatchObject({ finished: true });
    const written = await readdir(previousStageFolder);
    expect(written.filter((name) => name.endsWith('.npz'))).toHaveLength(5);
    const labels = (await readNpzFile(join(previousStageFolder, 'case_3_segFromPrevStage.npz'))).get('data')!;
    expect(labels).toMatchObject({ dtype: 'uint8', shape: [6, 12, 10] });

    const cascade = {
      plans: two,
      configuration: '3d_cascade_fullres' as const,
      trainer: 'nnUNetTrainerV2CascadeFullRes',
    };
    const refused = await trainTiny('cascade', { ...cascade, previousStageFolder: root }).catch((e: unknown) => e);
    expect(isNnUNetError(refused, 'missing-previous-stage')).toBe(true);
    await trainTiny('cascade', { ...cascade, previousStageFolder });
    const { summary } = await validateTiny('cascade', { previousStageFolder, mirroring: false });
    expect(summary!.results.all).toHaveLength(1);
  });
});
