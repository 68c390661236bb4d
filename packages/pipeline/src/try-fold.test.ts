import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { writeSplits } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { listener } from './small-task.fixture.ts';
import {
  forecastFold,
  forecastFoldV2,
  previewTraining,
  previewTrainingV2,
  searchTrainingRate,
  searchTrainingRateV2,
} from './train-model.ts';
import type { TrainModelOptions } from './train-task.ts';
import { usualTraining } from './usual-training.fixture.ts';
import type { TrainDatasetOptions } from './v2/train-dataset.ts';

const work = vi.hoisted(() => ({
  forecastTraining: vi.fn(),
  findLearningRate: vi.fn(),
  previewBatches: vi.fn(),
  planTraining: vi.fn(),
  trainingOfDataset: vi.fn(),
}));
vi.mock('@nnunet/trainer/node', async (original) => ({ ...(await original<object>()), ...work }));
vi.mock('./train-task.ts', () => work);
vi.mock('./v2/training-of-dataset.ts', () => work);

const [TASK, DATASET] = ['Task005_Old', 'Dataset006_New'];
const root = temporaryFolder();
const roots = resolveRoots({ root, env: {} });
const prepared = (name: string) => join(root, 'nnUNet_preprocessed', name);
for (const name of [TASK, DATASET]) await mkdir(prepared(name), { recursive: true });

let reporter: ReturnType<typeof listener>;
beforeEach(() => {
  reporter = listener();
  for (const one of Object.values(work)) one.mockReset();
  work.planTraining.mockImplementation(async ({ task, trainer }) => ({ task, trainer, preprocessedFolder: prepared(task) })); // biome-ignore format: a row
  work.trainingOfDataset.mockImplementation(async ({ dataset, trainer }) => ({ dataset, trainer, preprocessedFolder: prepared(dataset) })); // biome-ignore format: a row
});

const asV1 = (task: string, more: Partial<TrainModelOptions> = {}): TrainModelOptions => ({
  ...usualTraining,
  roots,
  configuration: '3d_fullres',
  trainer: 'nnUNetTrainerV2',
  task,
  fold: '0',
  settings: {},
  reporter,
  ...more,
});
const asV2 = (dataset: string): TrainDatasetOptions => ({ roots, dataset, configuration: '3d_fullres', fold: '0', trainer: 'nnUNetTrainer', settings: {}, reporter }); // biome-ignore format: a row

/** What each command hands on, of a task of v1 and of a dataset of v2. */
const [ofV1, ofV2] = [{ task: TASK, trainer: 'nnUNetTrainerV2' }, { dataset: DATASET, trainer: 'nnUNetTrainer' }]; // biome-ignore format: a row

it('forecasts the fold by the rules of the task, of as many folds as the splits have', async () => {
  work.forecastTraining.mockResolvedValue({ step: 2 });
  const split = { train: ['a'], val: ['b'] };
  await writeSplits(join(prepared(DATASET), 'splits_final.json'), [split, { train: ['b'], val: ['a'] }]);
  expect(await forecastFold(asV1('5'))).toEqual({ step: 2, folds: 5 });
  expect(await forecastFold(asV1('6'))).toEqual({ step: 2, folds: 2 });
  expect(await forecastFoldV2(asV2('5'))).toEqual({ step: 2, folds: 5 });
  expect(await forecastFoldV2({ ...asV2('6'), trainer: 'nnUNetTrainerDA5' })).toEqual({ step: 2, folds: 2 });
  await forecastFold(asV1('5', { evaluate: false }));
  expect(work.forecastTraining.mock.calls.map(([given]) => given)).toEqual([
    expect.objectContaining({ ...ofV1, evaluate: true }),
    expect.objectContaining({ ...ofV2, evaluate: true }),
    expect.objectContaining({ ...ofV1, evaluate: true }),
    expect.objectContaining({ ...ofV2, trainer: 'nnUNetTrainerDA5', evaluate: true }),
    expect.objectContaining({ ...ofV1, evaluate: false }),
  ]);
  expect(reporter.messages.slice(0, 1)).toEqual([`${TASK} (rules of nnU-Net v1)`]);
});

it('tries learning rates', async () => {
  work.findLearningRate.mockImplementation(async ({ onProgress }) => {
    onProgress({ done: 4, total: 9, point: { learningRate: 0.00123, loss: 0.4567 } });
    return { file: 'lr.png' };
  });
  expect(await searchTrainingRate(asV1('5'))).toBe('lr.png');
  expect(await searchTrainingRateV2(asV2('6'))).toBe('lr.png');
  expect(work.findLearningRate.mock.calls.map(([given]) => given)).toMatchObject([ofV1, ofV2]);
  const note = '1.2e-3: loss + 1 = 0.457';
  expect(reporter.progressed[0]).toEqual({ what: 'trying learning rates', done: 4, total: 9, note });
});

it('draws the first batches, for which no references are needed', async () => {
  work.previewBatches.mockImplementation(async ({ onProgress }) => {
    onProgress(1);
    return ['a.png'];
  });
  expect(await previewTraining(asV1('5'), 6)).toEqual(['a.png']);
  expect(await previewTrainingV2(asV2('6'), 7)).toEqual(['a.png']);
  expect(work.previewBatches.mock.calls.map(([given]) => given)).toMatchObject([
    { ...ofV1, count: 6, evaluate: false },
    { ...ofV2, count: 7, evaluate: false },
  ]);
  expect(reporter.progressed[0]).toEqual({ what: 'drawing batches', done: 1, total: 6 });
  await expect(previewTrainingV2(asV2('6'), 0)).rejects.toMatchObject({ tag: 'usage' });
});

it('refuses what the rules do not have', async () => {
  await expect(forecastFold(asV1('6', { overwrite: false }))).rejects.toMatchObject({
    tag: 'usage',
    what: `${DATASET} is trained by the rules of nnU-Net v2, which do not have \`overwrite: false\``,
  });
  expect(work.trainingOfDataset).not.toHaveBeenCalled();
});
