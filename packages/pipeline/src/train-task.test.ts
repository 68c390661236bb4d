import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shippedMetrics } from '@nnunet/metrics';
import { resolveRoots } from '@nnunet/schema';
import { writePlans } from '@nnunet/store';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { shippedExtensions } from './extensions.ts';
import { listener } from './small-task.fixture.ts';
import { type TrainModelOptions, trainTask } from './train-task.ts';
import { usualTraining } from './usual-training.fixture.ts';

/** What a training is handed to. */
const work = vi.hoisted(() => ({
  train: vi.fn(),
  requireDevice: vi.fn(),
  readCheckpointWeights: vi.fn(),
  checkStage: vi.fn(),
  previousStageFolder: vi.fn(),
  validateModel: vi.fn(),
}));
vi.mock('@nnunet/trainer/node', async (original) => ({
  ...work,
  FoldFolder: (await original<typeof import('@nnunet/trainer/node')>()).FoldFolder,
}));
vi.mock('@nnunet/network/node', () => work);
vi.mock('@nnunet/inference/node', () => work);
vi.mock('@nnunet/inference/node/internal', () => work);
vi.mock('./prepare-stage.ts', () => work);
vi.mock('./previous-stage.ts', () => work);
vi.mock('./validate-model.ts', () => work);

const TASK = 'Task007_Made';
const TRAINER = 'nnUNetTrainerV2';
let root: string;
let prepared: string;
let options: TrainModelOptions;
let reporter: ReturnType<typeof listener>;

beforeEach(async () => {
  root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  prepared = join(roots.preprocessed!, TASK);
  const raw = join(roots.rawBase!, 'nnUNet_raw_data', TASK);
  for (const folder of [prepared, raw]) mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(raw, 'dataset.json'),
    JSON.stringify({ modality: { 0: 'MRI' }, labels: { 0: 'background', 1: 'liver' }, training: [], test: [] }),
  );
  await writePlans(join(prepared, 'nnUNetPlansv2.1_plans_2D.json'), tinyPlans([16, 24]));
  const plans = tinyPlans([16, 16, 8]);
  const stage = plans.plans_per_stage[0];
  await writePlans(join(prepared, 'nnUNetPlansv2.1_plans_3D.json'), {
    ...plans,
    num_stages: 2,
    plans_per_stage: { 0: stage, 1: { ...stage, batch_size: 5 } },
  });
  reporter = listener();
  options = {
    ...usualTraining,
    roots,
    configuration: '2d',
    trainer: TRAINER,
    task: '7',
    fold: '3',
    settings: { epochs: 4 },
    reporter,
  };
  for (const one of Object.values(work)) one.mockReset();
  work.train.mockResolvedValue({ result: 'finished' });
  work.validateModel.mockResolvedValue({ dice: 0.5 });
  work.checkStage.mockResolvedValue(null);
});

const run = (more: Partial<TrainModelOptions> = {}) => trainTask({ ...options, ...more });
const folderOf = (configuration: string, trainer = TRAINER) =>
  join(root, 'nnUNet_results/nnUNet', configuration, TASK, `${trainer}__nnUNetPlansv2.1`);

describe('trainTask', () => {
  it('tells those who heard of the training of the scores, and scores by metrics of your own', async () => {
    const [given, heard, metrics] = [shippedExtensions.listeners, shippedExtensions.listeners.with(), shippedMetrics];
    work.train.mockResolvedValue({ result: 'finished', listeners: heard });
    const extensions = { ...shippedExtensions, listeners: given, metrics };
    await run({ extensions });
    await run({ extensions, validationOnly: true });
    const told = work.validateModel.mock.calls.map(([one]) => [one.listeners, one.metrics]);
    expect(told.map(([listeners]) => [heard, given].indexOf(listeners))).toEqual([0, 1]);
    expect(told.map(([, given]) => given)).toEqual([metrics, metrics]);
  });

  it('hands its options to the training and to the validation', async () => {
    const { signal } = new AbortController();
    const shared = {
      compute: { device: 'cuda' as const, threads: 5, sessions: 2 },
      workers: 3,
      maxMemory: 7e9,
      signal,
    };
    const result = await run({ ...shared, continueTraining: true, saveSoftmax: true, bareNaN: true });
    expect(result).toEqual({ foldFolder: join(folderOf('2d'), 'fold_3'), interrupted: false, scores: { dice: 0.5 } });
    const planned = {
      ...shared,
      preprocessedFolder: prepared,
      modelFolder: folderOf('2d'),
      task: TASK,
      configuration: '2d',
      fold: 3,
      trainer: TRAINER,
      settings: { epochs: 4 },
      previousStageFolder: undefined,
    };
    expect(work.train.mock.calls).toEqual([
      [
        expect.objectContaining({
          ...planned,
          continueTraining: true,
          evaluate: true,
          predictNextStage: true,
          pretrainedWeights: undefined,
        }),
      ],
    ]);
    expect(work.validateModel.mock.calls).toEqual([
      [
        expect.objectContaining({
          ...planned,
          checkpoint: 'final',
          validationFolder: 'validation_raw',
          evaluate: true,
          overwrite: true,
          saveProbabilities: true,
          bareNaN: true,
          predictNextStage: true,
          decidePostprocessing: true,
          labelNames: { 0: 'background', 1: 'liver' },
        }),
      ],
    ]);
    expect(reporter.messages).toEqual([]);
  });

  it('leaves out what is disabled', async () => {
    await run({ evaluate: false, predictNextStage: false, overwrite: false, decidePostprocessing: false });
    expect(work.train.mock.calls[0]![0]).toMatchObject({ evaluate: false, predictNextStage: false });
    expect(work.validateModel.mock.calls[0]![0]).toMatchObject({
      evaluate: false,
      overwrite: false,
      predictNextStage: false,
      decidePostprocessing: false,
    });
  });

  it.each([
    [{}, 'final', true],
    [{ validateBest: true }, 'final', true],
    [{ disableSaving: true }, 'latest', false],
    [{ validationOnly: true }, 'final', true],
    [{ validationOnly: true, validateBest: true }, 'best', true],
    [{ validationOnly: true, disableSaving: true }, 'final', true],
  ])('with %j validates the %s model', async (more, checkpoint, kept) => {
    const latest = join(folderOf('2d'), 'fold_3/model_latest.safetensors');
    mkdirSync(join(folderOf('2d'), 'fold_3'), { recursive: true });
    writeFileSync(latest, '');
    await run(more);
    expect(work.validateModel.mock.calls[0]![0]).toMatchObject({ checkpoint });
    expect(existsSync(latest)).toBe(kept);
    expect(work.train).toHaveBeenCalledTimes('validationOnly' in more ? 0 : 1);
    // Having nothing to remove is not an error.
    await run(more);
  });

  it('tells how far each epoch is; with a time budget not how many there are', async () => {
    const step = { phase: 'training', epoch: 3, epochs: 7, iteration: 2, iterations: 5 };
    work.train.mockImplementation(async ({ onLog, onProgress }) => {
      onLog('a line');
      onProgress({ ...step, secondsPerIteration: 0.126, secondsLeft: 40 });
      return { result: 'interrupted' };
    });
    expect(await run()).toEqual({ foldFolder: join(folderOf('2d'), 'fold_3'), interrupted: true });
    await run({ settings: { timeBudget: 5 } });
    const told = { done: 2, total: 5, note: '0.13 s each', secondsLeft: 40 };
    expect(reporter.progressed).toEqual([
      { what: 'epoch 3 of 7, training', ...told },
      { what: 'epoch 3, training', ...told },
    ]);
    expect(reporter.messages).toEqual(['a line', 'a line']);
    expect(work.validateModel).not.toHaveBeenCalled();
  });

  it('starts with the weights of a checkpoint, which nothing else goes with', async () => {
    work.readCheckpointWeights.mockImplementation(async (file) => `weights of ${file}`);
    await run({ pretrainedWeights: 'w', partialWeights: true });
    expect(work.train.mock.calls[0]![0]).toMatchObject({ pretrainedWeights: 'weights of w', partialWeights: true });
    await expect(run({ partialWeights: true })).rejects.toMatchObject({ tag: 'usage' });
    await expect(run({ pretrainedWeights: 'w', validationOnly: true })).rejects.toMatchObject({ tag: 'usage' });
  });

  it('asks for as many devices as there are sessions, and for one to validate', async () => {
    await run();
    await run({ compute: { device: 'cuda', sessions: 3 } });
    await run({ compute: { sessions: 3 }, validationOnly: true });
    expect(work.requireDevice.mock.calls).toEqual([
      ['cpu', 1],
      ['cuda', 3],
      ['cpu', 1],
    ]);
    expect(work.train.mock.calls[0]![0]).toMatchObject({ compute: {} });
  });

  it.each([
    [{ compute: { sessions: 3 }, batchPerSession: true }, 6],
    [{ compute: { sessions: 3 }, batchPerSession: true, settings: { batchSize: 7 } }, 7],
    [{ compute: { sessions: 3 }, batchPerSession: true, continueTraining: true }, 6],
    [{ compute: { sessions: 3 } }, undefined],
  ])('with %j has a batch size of %s', async (more, batchSize) => {
    await run(more);
    expect(work.train.mock.calls[0]![0].settings.batchSize).toBe(batchSize);
  });

  it('keeps the batch size of a training that it continues', async () => {
    mkdirSync(join(folderOf('2d'), 'fold_3'), { recursive: true });
    writeFileSync(join(folderOf('2d'), 'fold_3', 'model_latest.safetensors'), '');
    await run({ compute: { sessions: 3 }, batchPerSession: true, continueTraining: true });
    expect(work.train.mock.calls[0]![0].settings.batchSize).toBeUndefined();
  });

  it('compares the prepared cases with the plans, and with the cropped ones where these are here', async () => {
    work.checkStage.mockResolvedValue('a notice');
    await run();
    expect(reporter.messages).toEqual(['a notice']);
    await run({ roots: { ...options.roots, rawBase: null } });
    const cropped = join(root, 'nnUNet_raw_data_base/nnUNet_cropped_data', TASK);
    const plans = expect.objectContaining({ num_stages: 1 });
    expect(work.checkStage.mock.calls).toEqual([
      [plans, 0, prepared, cropped],
      [plans, 0, prepared, null],
    ]);
    expect(work.validateModel.mock.calls[1]![0]).toMatchObject({ labelNames: {} });
    expect(work.previousStageFolder).not.toHaveBeenCalled();
  });

  it('looks for what 3d_lowres has predicted for a cascade', async () => {
    work.previousStageFolder.mockResolvedValue('predicted');
    const cascade = { configuration: '3d_cascade_fullres' as const, trainer: 'nnUNetTrainerV2CascadeFullRes' };
    await run(cascade);
    await run({ ...cascade, lowresTrainer: 'Other' });
    const asked = (trainer: string) => ({
      roots: options.roots,
      task: TASK,
      trainer,
      plansIdentifier: 'nnUNetPlansv2.1',
      plans: expect.objectContaining({ num_stages: 2 }),
    });
    expect(work.previousStageFolder.mock.calls).toEqual([[asked(TRAINER)], [asked('Other')]]);
    expect(work.train.mock.calls[0]![0]).toMatchObject({
      previousStageFolder: 'predicted',
      modelFolder: folderOf('3d_cascade_fullres', cascade.trainer),
    });
    expect(work.checkStage.mock.calls[0]![1]).toBe(1);
  });

  it('names a trainer that is not known before the plans, and plans that are missing; v1 pickles will do', async () => {
    const plansIdentifier = 'other';
    await expect(run({ trainer: 'Mine', plansIdentifier })).rejects.toThrow(/Mine/);
    const file = join(prepared, 'other_plans_2D.json');
    await expect(run({ plansIdentifier })).rejects.toMatchObject({ tag: 'missing-plans', where: file });
    writeFileSync(file.replace('.json', '.pkl'), '');
    await expect(run({ plansIdentifier })).rejects.not.toMatchObject({ tag: 'missing-plans' });
    renameSync(file.replace('.json', '.pkl'), join(prepared, 'other_plans_3D.pkl'));
    await expect(run({ plansIdentifier })).rejects.toMatchObject({ tag: 'missing-plans' });
  });
});
