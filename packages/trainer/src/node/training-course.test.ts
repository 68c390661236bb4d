import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AugmentationRecipe } from '@nnunet/augment';
import type { WeightMap } from '@nnunet/inference';
import { redrawConvolutions } from '@nnunet/network/internal';
import { readFileBytes } from '@nnunet/tensor/node/internal';
import { openFiles, temporaryFolder, tinyPlans } from '@nnunet/testing';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { decodeTrainingCheckpoint } from '../checkpoint.ts';
import { nnUNetTrainerV2 } from '../default-trainer-v1.ts';
import { shippedTrainers } from '../trainer-registry.ts';
import type { SessionEngineOptions } from './session-engine.ts';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';
import { type TrainOptions, train } from './train.ts';

/** Engines that learn nothing, and find as many voxels of label 1 as there are numbers in `found`. */
const world = vi.hoisted(() => ({
  started: [] as SessionEngineOptions[],
  disposed: 0,
  titles: [] as unknown[],
  found: [] as number[],
}));
vi.mock('./session-engine.ts', async (original) => ({
  ...(await original<typeof import('./session-engine.ts')>()),
  startSessionEngine: async (given: SessionEngineOptions) => {
    world.started.push(given);
    const weights = new Map(
      [...given.weights!].map(([name, { data, shape }]) => [name, { data: data.slice(), shape }]),
    );
    return {
      step: async () => ({ loss: 0.5, gradientNorm: 1 }),
      evaluate: async () => {
        const tp = world.found.shift() ?? 0;
        return { loss: 0.25, truePositives: [tp, 0], falsePositives: [1, 1], falseNegatives: [1, 1] };
      },
      snapshot: async () => ({ weights, momenta: given.momenta ?? weights }),
      dispose: async () => {
        world.disposed++;
      },
    };
  },
}));

vi.mock('./progress-picture.ts', async (original) => {
  const module = await original<typeof import('./progress-picture.ts')>();
  return {
    writeProgressPicture: (...given: Parameters<typeof module.writeProgressPicture>) => {
      world.titles.push(given[2]);
      return module.writeProgressPicture(...given);
    },
  };
});

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
beforeAll(() => writeTinyTask(join(root, 'preprocessed'), [0]));
beforeEach(() => void Object.assign(world, { started: [], disposed: 0, titles: [], found: [] }));

class Rescued extends nnUNetTrainerV2 {
  override rescue() {
    return { afterEpoch: 1, momentum: 0.5 };
  }
}

/** Its recipe makes larger batches than it is asked for. */
class TooMany extends nnUNetTrainerV2 {
  override recipe(batchSize: number): AugmentationRecipe {
    return super.recipe(batchSize + 1);
  }
}

const told: string[] = [];
function trainTiny(model: string, more: Partial<TrainOptions> = {}) {
  told.length = 0;
  return train({
    ...tinyFold(root, model),
    plans: tinyPlans([8, 8]),
    configuration: '2d',
    trainer: 'nnUNetTrainerV2',
    trainers: shippedTrainers.with(Rescued, TooMany),
    settings: { epochs: 3, iterationsPerEpoch: 1, seed: 7 },
    workers: 0,
    compute: { lowering: 'plain' },
    onLog: (line) => told.push(line),
    ...more,
  });
}

async function epochOf(model: string, name: string): Promise<number> {
  const file = join(root, model, 'fold_0', `${name}.safetensors`);
  return decodeTrainingCheckpoint(await readFileBytes(file), file).state.epoch;
}

it('draws the convolutions anew by the next seed, with less momentum, where nothing was learnt', async () => {
  await trainTiny('rescued', { trainer: 'Rescued' });
  const [first, second] = world.started as [SessionEngineOptions, SessionEngineOptions];
  expect(world.started).toHaveLength(2);
  const weights: WeightMap = first.weights!;
  expect(second.weights).toEqual(redrawConvolutions(first.trainer.network(), weights, 8));
  expect(second).toMatchObject({ momentum: 0.5, share: 1 / 3, seed: 7, batchSize: 2 });
  expect(first).toMatchObject({ momentum: 0.99, share: 0 });
  expect(world.disposed).toBe(2);
});

it('keeps the best and the final model, or the latest alone', async () => {
  // A Dice of 1 / 2 in the first epoch, then of 2 / 3, then of 1 / 2.
  const found = () => [1, 2, 1];
  world.found = found();
  const { result } = await trainTiny('kept');
  expect(result).toBe('finished');
  const models = async (model: string) =>
    (await readdir(join(root, model, 'fold_0'))).filter((name) => name.endsWith('.safetensors')).sort();
  expect(await models('kept')).toEqual(['model_best.safetensors', 'model_final_checkpoint.safetensors']);
  expect(await epochOf('kept', 'model_best')).toBe(2);
  world.found = found();
  await trainTiny('latest', { disableSaving: true });
  expect(await models('latest')).toEqual(['model_latest.safetensors']);
  expect(await epochOf('latest', 'model_latest')).toBe(3);
});

it('says that a finished training has nothing to do, and where a continued one begins', async () => {
  await trainTiny('twice');
  const epochs: number[] = [];
  const again = { continueTraining: true, onEpoch: ({ epoch }: { epoch: number }) => void epochs.push(epoch) };
  await trainTiny('twice', { ...again, settings: {} });
  const from = expect.stringMatching(/^continuing from .*model_final_checkpoint\.safetensors, after epoch 3$/);
  expect(told).toEqual([from, 'this training is already finished: 3 epochs']);
  expect(world.started).toHaveLength(1);
  await trainTiny('twice', { ...again, settings: { epochs: 5 } });
  expect(told[0]).toEqual(from);
  expect(epochs).toEqual([4, 5]);
  expect(world.started[1]).toMatchObject({ share: 3 / 5 });
  expect(told.join('\n')).not.toContain('earlier');
  await trainTiny('twice');
  expect(told[0]).toBe('the model of an earlier training is kept as model_final_checkpoint.replaced.safetensors');
});

it('refuses batches that the network does not take, and lets its engine go', async () => {
  await expect(trainTiny('many', { trainer: 'TooMany' })).rejects.toMatchObject({
    tag: 'bad-trainer',
    what: 'recipe: batches of 3 x 1 x 8 x 8, but the network needs 2 x 1 x 8 x 8',
  });
  expect(world).toMatchObject({ started: { length: 1 }, disposed: 1 });
  expect(existsSync(join(root, 'many'))).toBe(false);
});

it('refuses what no checkpoint can hold before anything is written', async () => {
  const plans = { ...tinyPlans([8, 8]), extra: 1n };
  await expect(trainTiny('unheld', { plans })).rejects.toThrow(/BigInt/);
  expect(world.started).toEqual([]);
  expect(existsSync(join(root, 'unheld'))).toBe(false);
});

it('says that it was stopped before the first step', async () => {
  const signal = AbortSignal.abort();
  await expect(trainTiny('stopped', { signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(told).toEqual(['stopped before the first step; nothing was changed']);
  expect(world.disposed).toBe(1);
});

it('trains on where the picture of the progress cannot be drawn, and says so', async () => {
  const fold = join(root, 'undrawn', 'fold_0');
  await mkdir(join(fold, 'progress.png', 'in the way'), { recursive: true });
  const { result } = await trainTiny('undrawn');
  expect(result).toBe('finished');
  const lines = told.filter((line) => line.startsWith('could not draw progress.png: '));
  expect(lines).toHaveLength(3);
});

it('records each epoch in numbers, without the history, and in a picture that says of what', async () => {
  const reports: unknown[] = [];
  const { foldFolder } = await trainTiny('recorded', { onEpoch: ({ log: _, ...numbers }) => reports.push(numbers) });
  const file = (await readdir(foldFolder)).find((name) => name.endsWith('.jsonl'))!;
  const records = (await readFile(join(foldFolder, file), 'utf8')).trim().split('\n');
  expect(records.map((line) => JSON.parse(line))).toEqual(
    reports.map((report) => ({ time: expect.any(String), ...(report as object) })),
  );
  expect(reports[1]).toMatchObject({ epoch: 2, epochs: 3, trainLoss: 0.5, validationLoss: 0.25, metric: 0 });
  const title = 'Task900_Tiny, fold 0: 3 epochs, 1 iteration per epoch, 1 for validation, seed 7';
  expect(world.titles).toEqual([title, title, title]);
});

it('counts the seconds before the first step, and those of an earlier session', async () => {
  let seconds = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * seconds);
  // The preparation of the first batch takes long: the trainer is asked for its recipe then.
  class Slow extends nnUNetTrainerV2 {
    override recipe(batchSize: number): AugmentationRecipe {
      seconds += 40;
      return super.recipe(batchSize);
    }
  }
  const slow = { trainer: 'Slow', trainers: shippedTrainers.with(Slow) };
  const onEpoch = () => {
    seconds += 10;
  };
  const { state } = await trainTiny('slow', { ...slow, onEpoch });
  const start = seconds - 30;
  expect(start).toBeGreaterThanOrEqual(40);
  expect(state.elapsedSeconds).toBe(start + 30);
  const before = seconds;
  const more = { settings: { epochs: 4 }, continueTraining: true };
  const { state: whole } = await trainTiny('slow', { ...slow, ...more, onEpoch });
  expect(whole.elapsedSeconds).toBe(start + 30 + seconds - before);
});
