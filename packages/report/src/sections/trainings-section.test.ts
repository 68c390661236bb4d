import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors } from '@nnunet/tensor';
import { temporaryFolder } from '@nnunet/testing';
import { defaultSettings } from '@nnunet/trainer';
import { beforeEach, expect, it } from 'vitest';
import { reportV1 } from '../rules/report-v1.ts';
import type { TrainedModelFolder } from '../trained-models.ts';
import { describeTrainings } from './trainings-section.ts';

const sources = { rules: reportV1, description: null };
let model: TrainedModelFolder;
let fold: string;

beforeEach(async () => {
  const folder = temporaryFolder();
  fold = join(folder, 'fold_3');
  await mkdir(fold);
  model = {
    configuration: '2d',
    trainer: 'nnUNetTrainerV2',
    plans: 'nnUNetPlansv2.1',
    folder,
    folds: [{ fold: '3', name: 'fold_3' }],
  };
});

/** Writes a checkpoint after two epochs. */
async function writeCheckpoint(name: string, finished: boolean): Promise<void> {
  const log = {
    trainLosses: [0.5, 0.25],
    validationLosses: [0.75, null],
    validationMetrics: [0.1, 0.2],
    learningRates: [0.01, 0.005],
    epochSeconds: [10, 20],
  };
  const settings = { ...defaultSettings, epochs: 2, batchSize: 4, timeBudget: 30 };
  const state = { settings, epoch: 2, iterationLosses: [], log, finished };
  const metadata = { nnunet: JSON.stringify({ version: 1, model: {}, about: {}, state }) };
  await writeFile(join(fold, name), encodeSafetensors(new Map(), metadata));
}

/** Writes a log for programs whose last line is broken off. */
async function writeLog(name: string, epochs: readonly number[]): Promise<void> {
  const lines = epochs.map((epoch) =>
    JSON.stringify({ epoch, trainLoss: -epoch, validationLoss: null, metric: 0.5, learningRate: 0.001, seconds: 7 }),
  );
  await writeFile(join(fold, name), `${lines.join('\n')}\n{"epoch":9`);
}

it('describes a finished training: its curves, time, machine, changed settings and validation', async () => {
  await writeCheckpoint('model_final_checkpoint.safetensors', true);
  await writeCheckpoint('model_latest.safetensors', false);
  await writeLog('training_log_2026_1_1_10_00_00.jsonl', [1, 2, 3]);
  await writeFile(
    join(fold, 'debug.json'),
    JSON.stringify({ hostname: 'a', processors: '8 of Make', memory: '16 GB' }),
  );
  await mkdir(join(fold, 'validation_raw'));
  const mean = { 0: { Dice: 1 }, 1: { Dice: 0.875 }, 2: { Dice: null } };
  await writeFile(join(fold, 'validation_raw/summary.json'), JSON.stringify({ results: { all: [], mean } }));
  expect(await describeTrainings([model], sources)).toEqual([
    {
      configuration: '2d',
      trainer: 'nnUNetTrainerV2',
      folds: [
        {
          fold: '3',
          epochs: 2,
          finished: true,
          trainLosses: [0.5, 0.25],
          validationLosses: [0.75, null],
          dice: [0.1, 0.2],
          learningRates: [0.01, 0.005],
          seconds: 30,
          machine: 'a, 8 of Make, 16 GB',
          changed: [
            { name: 'epochs', value: '2', usual: '1000' },
            { name: 'batch size', value: '4', usual: 'as planned' },
            { name: 'time budget (minutes)', value: '30', usual: 'none' },
          ],
          validation: { 1: 0.875, 2: null },
        },
      ],
    },
  ]);
});

it('adds the epochs of the log to those of the last checkpoint, while a training runs', async () => {
  await writeCheckpoint('model_latest.safetensors', false);
  await writeLog('training_log_2026_1_1_10_00_00.jsonl', [1, 2, 3, 4]);
  const [section] = await describeTrainings([model], sources);
  expect(section!.folds).toEqual([
    expect.objectContaining({
      epochs: 4,
      finished: false,
      trainLosses: [0.5, 0.25, -3, -4],
      validationLosses: [0.75, null, null, null],
      seconds: 44,
      machine: null,
      validation: null,
    }),
  ]);
});

it('reads a training without a checkpoint from its log, and leaves out folds without either', async () => {
  await mkdir(join(model.folder, 'fold_4'));
  await writeLog('training_log_2026_1_1_10_00_00.jsonl', [1]);
  const [section] = await describeTrainings(
    [{ ...model, folds: ['3', '4'].map((one) => ({ fold: one, name: `fold_${one}` })) }],
    sources,
  );
  expect(section!.folds).toEqual([expect.objectContaining({ fold: '3', epochs: 1, finished: false, changed: [] })]);
  expect(await describeTrainings([{ ...model, folds: [{ fold: '4', name: 'fold_4' }] }], sources)).toEqual([]);
});

it('takes a validated model of v1, which has no record of its training here, for finished', async () => {
  await mkdir(join(fold, 'validation_raw'));
  const mean = { 0: { Dice: 1 }, 1: { Dice: 0.5 } };
  await writeFile(join(fold, 'validation_raw/summary.json'), JSON.stringify({ results: { all: [], mean } }));
  const [section] = await describeTrainings([model], sources);
  expect(section!.folds).toEqual([expect.objectContaining({ epochs: 0, finished: true, validation: { 1: 0.5 } })]);
});
