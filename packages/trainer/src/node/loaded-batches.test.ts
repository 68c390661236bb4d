import { arraySource, sampleBatch, validationBatch } from '@nnunet/augment';
import type { SourceDescription } from '@nnunet/augment/node';
import { counterRandom } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { defaultWorkers, LoadedBatches } from './loaded-batches.ts';

const machine = vi.hoisted(() => ({ processors: 0 }));
vi.mock('node:os', async (original) => {
  const module = await original<typeof import('node:os')>();
  return { ...module, availableParallelism: () => machine.processors || module.availableParallelism() };
});

const recipe = createTrainer({ plans: tinyPlans([8, 8]), configuration: '2d', trainer: 'nnUNetTrainerV2' }).recipe(2);

function caseOf(id: string) {
  const shape = [3, 12, 14];
  const data = counterRandom(id).fillNormal(new Float32Array(3 * 12 * 14));
  return { id, shape, data, seg: Float32Array.from(data, (value) => (value > 1 ? 2 : value > 0.5 ? 1 : 0)) };
}
const described = (...ids: string[]): SourceDescription => ({ kind: 'arrays', cases: ids.map(caseOf) });
const held = (...ids: string[]) => arraySource(ids.map(caseOf));

/** Batches of a training of 3 epochs, each of 4 steps and 2 validations, after so many steps of an epoch. */
function loaded(epoch: number, iterations: number): LoadedBatches {
  const settings = resolveSettings({ epochs: 3, iterationsPerEpoch: 4, validationIterationsPerEpoch: 2, seed: 6 });
  const state = startingState(settings, 0.9);
  state.epoch = epoch;
  state.iterationLosses = new Array<number>(iterations).fill(1);
  const sources = { training: described('a', 'b'), validation: described('c') };
  return new LoadedBatches({ ...sources, recipe, state, workers: 0 });
}

const training = (epoch: number, iteration: number) =>
  sampleBatch(held('a', 'b'), recipe, { seed: 6, epoch, iteration });
const validation = (epoch: number, iteration: number) =>
  validationBatch(held('c'), recipe, { seed: 6, epoch, iteration });

it('goes on where the training stands, to the end of its last epoch', async () => {
  const batches = loaded(1, 3);
  for (const [epoch, iteration] of [
    [1, 3],
    [2, 0],
    [2, 1],
    [2, 2],
    [2, 3],
  ] as const)
    expect(await batches.training()).toEqual(await training(epoch, iteration));
  await expect(batches.training()).rejects.toMatchObject({ tag: 'loader-stopped' });
  for (const [epoch, iteration] of [
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 1],
  ] as const)
    expect(await batches.validation()).toEqual(await validation(epoch, iteration));
  await expect(batches.validation()).rejects.toMatchObject({ tag: 'loader-stopped' });
  await batches.close();
});

it('begins with the next epoch where all steps of one are done and its validation is not', async () => {
  // More steps may be done than an epoch has by now: it was made shorter.
  for (const steps of [4, 6]) {
    const batches = loaded(1, steps);
    expect(await batches.training()).toEqual(await training(2, 0));
    expect(await batches.validation()).toEqual(await validation(1, 0));
    await batches.close();
  }
});

it('gives the batches that it made in advance once, before the others', async () => {
  const batches = loaded(0, 0);
  const first = await batches.prepare();
  expect(first).toEqual({ training: await training(0, 0), validation: await validation(0, 0) });
  expect(await batches.training()).toBe(first.training);
  expect(await batches.training()).toEqual(await training(0, 1));
  expect(await batches.validation()).toBe(first.validation);
  expect(await batches.validation()).toEqual(await validation(0, 1));
  await batches.close();
  await expect(batches.training()).rejects.toMatchObject({ tag: 'loader-stopped' });
});

it.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [5, 4],
  [6, 4],
  [64, 4],
])('of %i processors %i make batches', (processors, workers) => {
  machine.processors = processors;
  expect(defaultWorkers()).toBe(workers);
});
