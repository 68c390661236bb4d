import { openFiles, temporaryFolder, tinyPlans } from '@nnunet/testing';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { foldData } from './fold-data.ts';
import { measureSteps } from './measure-steps.ts';
import { writeTinyTask } from './tiny-task.fixture.ts';

/** An engine whose work takes the given seconds of a clock that nothing else moves. */
const engine = vi.hoisted(() => ({
  seconds: 0,
  steps: [] as number[],
  evaluations: [] as number[],
  rates: [] as number[],
  disposed: 0,
  stop: null as AbortController | null,
}));
vi.mock('./session-engine.ts', () => ({
  startSessionEngine: async () => ({
    step: async (_: unknown, rate: number) => {
      engine.rates.push(rate);
      engine.seconds += engine.steps.shift()!;
      if (engine.rates.length === 2) engine.stop?.abort();
    },
    evaluate: async () => {
      engine.seconds += engine.evaluations.shift()!;
    },
    dispose: async () => {
      engine.disposed++;
    },
  }),
}));

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
beforeAll(() => writeTinyTask(root, [0]));
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * engine.seconds);
  Object.assign(engine, { steps: [90, 0.5, 0.75, 0.25], evaluations: [90, 2], rates: [], disposed: 0, stop: null });
});

async function measure(signal?: AbortSignal) {
  const plans = tinyPlans([8, 8]);
  const trainer = createTrainer({ plans, configuration: '2d', trainer: 'nnUNetTrainerV2' });
  const data = await foldData({ preprocessedFolder: root, fold: 'all' }, trainer);
  return measureSteps({ trainer, data, recipe: trainer.recipe(2), batchSize: 2, workers: 0, signal });
}

it('takes the median of three steps, and one validation, without the slow first ones', async () => {
  expect(await measure()).toEqual({ step: 0.5, evaluation: 2 });
  expect(engine).toMatchObject({ steps: [], evaluations: [], disposed: 1 });
  // A rate at which nothing can go wrong.
  expect(engine.rates).toEqual([1e-6, 1e-6, 1e-6, 1e-6]);
});

it('stops when it is told to, and keeps nothing', async () => {
  engine.stop = new AbortController();
  await expect(measure(engine.stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  expect(engine.rates).toHaveLength(2);
  expect(engine.disposed).toBe(1);
});
