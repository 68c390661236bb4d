import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { listener } from './small-task.fixture.ts';
import { trainDatasetV2, trainModel } from './train-model.ts';
import type { TrainModelOptions } from './train-task.ts';
import { usualTraining } from './usual-training.fixture.ts';

const trained = vi.hoisted(() => ({ trainTask: vi.fn(), trainDataset: vi.fn() }));
vi.mock('./train-task.ts', () => trained);
vi.mock('./v2/train-dataset.ts', () => trained);

const root = temporaryFolder();
const roots = resolveRoots({ root, env: {} });
const reporter = listener();
for (const name of ['Task005_Old', 'Dataset006_New', 'Task007_Both', 'Dataset007_Both'])
  await mkdir(join(root, 'nnUNet_preprocessed', name), { recursive: true });

const common = { roots, fold: '0', settings: { epochs: 4 }, disableSaving: true, workers: 3, reporter };
const asV1 = (task: string, more: Partial<TrainModelOptions> = {}) =>
  trainModel({
    ...usualTraining,
    ...common,
    configuration: '3d_fullres',
    trainer: 'nnUNetTrainerV2',
    task,
    continueTraining: true,
    saveSoftmax: true,
    ...more,
  });

beforeEach(() => {
  for (const one of Object.values(trained)) one.mockReset();
});

it('trains a dataset of v2 by its rules when asked in the words of v1', async () => {
  await asV1('6');
  expect(trained.trainTask).not.toHaveBeenCalled();
  expect(trained.trainDataset.mock.calls[0]![0]).toMatchObject({
    ...common,
    dataset: 'Dataset006_New',
    configuration: '3d_fullres',
    trainer: 'nnUNetTrainer',
    plansName: 'nnUNetPlans',
    continueTraining: true,
    saveProbabilities: true,
  });
  await asV1('Dataset006_New', { trainer: 'nnUNetTrainerDA5', plansIdentifier: 'own' });
  expect(trained.trainDataset.mock.calls[1]![0]).toMatchObject({ trainer: 'nnUNetTrainerDA5', plansName: 'own' });
});

it.each<Partial<TrainModelOptions>>([
  { bareNaN: true },
  { validationFolder: 'other' },
  { overwrite: false },
  { predictNextStage: false },
  { batchPerSession: true },
])('refuses %j for a dataset of v2, and names the command of v2', async (more) => {
  const [[key, value]] = Object.entries(more) as [[string, unknown]];
  const name = value === false ? `${key}: false` : key;
  await expect(asV1('6', more)).rejects.toMatchObject({
    tag: 'usage',
    what: `Dataset006_New is trained by the rules of nnU-Net v2, which do not have \`${name}\``,
    remedy: expect.stringContaining('nnUNetv2_train Dataset006_New 3d_fullres 0 -tr nnUNetTrainer -p nnUNetPlans'),
  });
});

it('trains a task of v1 by its rules when asked in the words of v2', async () => {
  const ask = (configuration: string, more: object = {}) =>
    trainDatasetV2({ ...common, dataset: '5', configuration, validateBest: true, validationOnly: true, ...more });
  await ask('2d', { saveProbabilities: true });
  expect(trained.trainDataset).not.toHaveBeenCalled();
  expect(trained.trainTask.mock.calls[0]![0]).toMatchObject({
    ...common,
    task: 'Task005_Old',
    configuration: '2d',
    trainer: 'nnUNetTrainerV2',
    plansIdentifier: 'nnUNetPlansv2.1',
    validateBest: true,
    validationOnly: true,
    continueTraining: false,
    saveSoftmax: true,
    validationFolder: 'validation_raw',
    evaluate: true,
    overwrite: true,
  });
  expect(reporter.messages).toContain('Task005_Old (rules of nnU-Net v1)');
  await ask('3d_cascade_fullres', { trainer: 'nnUNetTrainer', plansName: 'own' });
  expect(trained.trainTask.mock.calls[1]![0]).toMatchObject({
    trainer: 'nnUNetTrainerV2CascadeFullRes',
    plansIdentifier: 'own',
  });
  await expect(ask('3d_highres')).rejects.toMatchObject({ tag: 'usage' });
});

it('takes the command for two tasks with one id, and the rules of its own for what is not there', async () => {
  await asV1('7');
  expect(trained.trainTask.mock.calls[0]![0]).toMatchObject({ task: 'Task007_Both' });
  await trainDatasetV2({ ...common, dataset: 7, configuration: '2d' });
  expect(trained.trainDataset.mock.calls[0]![0]).toMatchObject({ dataset: 'Dataset007_Both' });
  await asV1('8');
  expect(trained.trainTask.mock.calls[1]![0]).toMatchObject({ task: '8' });
  await trainDatasetV2({ ...common, dataset: 8, configuration: '2d' });
  expect(trained.trainDataset.mock.calls[1]![0]).toMatchObject({ dataset: 8 });
});
