import { openFiles, temporaryFolder, tinyPlans } from '@nnunet/testing';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { resolveSettings, type TrainingSettings } from '../training-settings.ts';
import { foldData } from './fold-data.ts';
import { forecastTraining } from './forecast-training.ts';
import { settingsInTime } from './time-budget.ts';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';

/** Seconds of a clock that the measuring of the steps alone moves. */
const clock = vi.hoisted(() => ({ seconds: 0 }));
vi.mock('./measure-steps.ts', () => ({
  measureSteps: async () => {
    clock.seconds += 6;
    return { step: 0.6, evaluation: 0.1 };
  },
}));

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
const task = { ...tinyFold(root), plans: tinyPlans([8, 8]), configuration: '2d' as const, trainer: 'nnUNetTrainerV2' };
const { preprocessedFolder } = task;
beforeAll(() => writeTinyTask(preprocessedFolder, [0]));
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => 1000 * clock.seconds));

const forecast = (settings: Partial<TrainingSettings>, evaluate = true) =>
  forecastTraining({
    ...task,
    settings,
    evaluate,
    compute: { lowering: 'plain' },
    workers: 0,
  });

it('foresees the epochs that a training has, and its validation', async () => {
  const settings = { epochs: 20, iterationsPerEpoch: 30, validationIterationsPerEpoch: 4 };
  // 30 steps of 0.6 s and 4 evaluations of 0.1 s. One case of 96 patches, of which a batch of two takes 0.1 s less a tenth.
  expect(await forecast(settings)).toEqual({
    batchSize: 2,
    patchSize: [8, 8],
    memory: expect.stringMatching(/^a step of batch 2 needs about/),
    step: 0.6,
    iterationsPerEpoch: 30,
    validationIterationsPerEpoch: 4,
    epoch: expect.closeTo(18.4, 9),
    epochs: 20,
    validationCases: 1,
    validation: expect.closeTo(4.62, 9),
    fold: expect.closeTo(20 * 18.4 + 4.62, 9),
  });
  const alone = await forecast(settings, false);
  expect(alone).toMatchObject({ validationCases: 0, validation: 0, fold: expect.closeTo(20 * 18.4, 9) });
  // In batches of four a patch takes half as long.
  expect(await forecast({ ...settings, batchSize: 4 })).toMatchObject({
    batchSize: 4,
    validation: expect.closeTo(2.46, 9),
  });
});

it('foresees as many epochs as fit a time budget, at least one and no more than there are', async () => {
  // Of 30 s, 6 are spent and 1.2 times 4.62 are kept: 18.456 are 14 epochs of two steps and an evaluation.
  const budget = { timeBudget: 0.5 };
  expect(await forecast(budget)).toMatchObject({
    iterationsPerEpoch: 2,
    epoch: expect.closeTo(1.3, 9),
    epochs: 14,
    fold: expect.closeTo(14 * 1.3 + 4.62, 9),
  });
  expect((await forecast({ ...budget, epochs: 5 })).epochs).toBe(5);
  expect((await forecast({ ...budget, iterationsPerEpoch: 100 })).epochs).toBe(1);
});

it('says in words how a training is fitted to its time budget', async () => {
  const trainer = createTrainer(task);
  const data = await foldData(task, trainer);
  const words = async (evaluate: boolean | undefined, given: Partial<TrainingSettings>) => {
    const settings = resolveSettings({ timeBudget: 0.5, ...given });
    const options = { trainer, data, recipe: trainer.recipe(2), batchSize: 2 };
    const fitted = await settingsInTime({ ...options, evaluate }, given, settings, () => 6);
    expect(fitted.settings.timeBudget).toBe(0.5);
    return fitted.words;
  };
  expect(await words(true, {})).toBe(
    'time budget of 30 s: the start took 6 s, 6 s are reserved for the validation; ' +
      'about 14 epochs of 2 training and 1 validation iterations (0.60 s a step)',
  );
  // 24 s are 12.6 epochs of three steps and an evaluation.
  expect(await words(undefined, {})).toBe(
    'time budget of 30 s: the start took 6 s; ' +
      'about 13 epochs of 3 training and 1 validation iterations (0.60 s a step)',
  );
  expect(await words(false, { iterationsPerEpoch: 100, validationIterationsPerEpoch: 10 })).toMatch(
    /about 1 epochs of 100 training and 10 validation iterations/,
  );
});
