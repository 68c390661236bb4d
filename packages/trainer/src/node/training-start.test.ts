import { mkdir } from 'node:fs/promises';
import { initialiseWeights } from '@nnunet/network';
import type { Plans } from '@nnunet/schema';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { resolveSettings, type TrainingSettings } from '../training-settings.ts';
import { startingState, type TrainingState } from '../training-state.ts';
import { FoldFolder } from './fold-folder.ts';
import { type StartOptions, startOfTraining } from './training-start.ts';

const trainer = createTrainer({ plans: tinyPlans([8, 8]), configuration: '2d', trainer: 'nnUNetTrainerV2' });
const noCases = { kind: 'arrays' as const, cases: [] };
const options: StartOptions = {
  compute: { lowering: 'plain' },
  workers: 0,
  data: { training: noCases, validation: noCases },
};

/** Continues a training that was stored in such a state. */
async function continued(
  stored: Partial<TrainingState>,
  settings: Partial<TrainingSettings>,
  { kept = true, now = trainer } = {},
) {
  const folder = new FoldFolder(temporaryFolder(), 0);
  await mkdir(folder.path);
  const state = { ...startingState(resolveSettings({ epochs: 10, batchSize: 3 }), 0.9), epoch: 10, ...stored };
  const weights = initialiseWeights(trainer.network(), 3);
  const momenta = kept ? weights : new Map();
  await folder.save('final', { model: trainer.describeModel(), about: {}, state, weights, momenta });
  return startOfTraining({ ...options, settings, continueTraining: true }, now, folder);
}

it('starts anew with the weights of the seed, or with those that are given', async () => {
  const folder = new FoldFolder(temporaryFolder(), 0);
  const settings = { seed: 8, epochs: 4 };
  const { state, weights, momenta, batchSize, continues, begins } = await startOfTraining(
    { ...options, settings },
    trainer,
    folder,
  );
  expect(state).toMatchObject({ epoch: 0, momentum: 0.99, settings: { epochs: 4, seed: 8 } });
  expect({ momenta, continues, begins, batchSize }).toEqual({
    ...{ momenta: undefined, continues: null, begins: null, batchSize: 2 },
  });
  expect(weights).toEqual(initialiseWeights(trainer.network(), 8));
  const other = initialiseWeights(trainer.network(), 9);
  const begun = await startOfTraining({ ...options, settings, pretrainedWeights: other }, trainer, folder);
  expect(begun.weights).toEqual(other);
  const all = `${other.size} parameters`;
  expect(begun.begins).toBe(`starting from pretrained weights: ${other.size} of ${all} taken`);
  const [name] = other.keys();
  const some = { settings, partialWeights: true, pretrainedWeights: new Map([...other].slice(1)) };
  const partly = await startOfTraining({ ...options, ...some }, trainer, folder);
  expect(partly.weights).toEqual(new Map([...other, [name, initialiseWeights(trainer.network(), 8).get(name!)]]));
  expect(partly.begins).toMatch(`${other.size - 1} of ${all} taken\n`);
  expect(partly.begins).toMatch(new RegExp(`that are not used: ${name} \\(.* here, missing there\\)$`));
  await expect(startOfTraining({ ...options, ...some, partialWeights: false }, trainer, folder)).rejects.toThrow(name);
  const none = await startOfTraining({ ...options, settings, continueTraining: true }, trainer, folder);
  expect(none.begins).toBe('there is no checkpoint to continue from: a new training starts');
});

it('goes on from a checkpoint, with its batch size', async () => {
  const start = await continued({ epoch: 6, momentum: 0.95 }, {});
  expect(start).toMatchObject({ batchSize: 3, state: { epoch: 6, momentum: 0.95, finished: false } });
  expect(start.continues).toMatch(/^continuing from .*fold_0.model_final_checkpoint\.safetensors, after epoch 6$/);
  expect(start.memory.line).toMatch(/^a step of batch 3 /);
  expect(start.momenta!.size).toBeGreaterThan(10);
  expect((await continued({}, { batchSize: 4 })).batchSize).toBe(4);
});

const timed = (timeBudget: number, validationMinutes = 0) =>
  resolveSettings({ epochs: 10, timeBudget, validationMinutes });
it.each<[string, Partial<TrainingState>, Partial<TrainingSettings>, { finished: boolean; timeBudget?: number | null }]>(
  [
    ['as it is', {}, {}, { finished: true }],
    ['with as many epochs as it had', {}, { epochs: 10 }, { finished: true }],
    ['with another epoch', {}, { epochs: 11 }, { finished: false }],
    ['that had not finished, with fewer epochs', { finished: false }, { epochs: 3 }, { finished: false }],
    // A minute was used: two less one that is kept for the validation are no more.
    ['with the time that it took', { settings: timed(1) }, { timeBudget: 1 }, { finished: true, timeBudget: 1 }],
    ['with more time', { settings: timed(1) }, { timeBudget: 1.5 }, { finished: false, timeBudget: 1.5 }],
    [
      'with the time of its validation more',
      { settings: timed(1, 1) },
      { timeBudget: 2 },
      { finished: true, timeBudget: 2 },
    ],
    [
      'with more epochs than its time allowed',
      { settings: timed(1) },
      { epochs: 20 },
      { finished: false, timeBudget: null },
    ],
    [
      'with more epochs and more time',
      { settings: timed(1) },
      { epochs: 20, timeBudget: 3 },
      { finished: false, timeBudget: 3 },
    ],
    ['with its time and no more epochs', { settings: timed(1) }, { epochs: 10 }, { finished: true, timeBudget: 1 }],
  ],
)('reopens a finished training, or not: one %s', async (_, stored, given, { finished, timeBudget = null }) => {
  const { state } = await continued({ finished: true, elapsedSeconds: 60, ...stored }, given);
  expect(state).toMatchObject({ finished, settings: { timeBudget } });
});

it('does not go on from a model that was exported for prediction', async () => {
  await expect(continued({}, {}, { kept: false })).rejects.toMatchObject({
    tag: 'bad-checkpoint',
    what: expect.stringContaining('it contains no momenta'),
  });
});

it('does not go on with another network, even one with weights of the same shapes', async () => {
  const network = () => ({ ...trainer.network(), negativeSlope: 0.3 });
  const now = Object.assign(Object.create(trainer), { network }) as typeof trainer;
  const refusal = (what: string) => ({
    tag: 'bad-weights',
    what: `this training began with another network: ${what}`,
    where: expect.stringContaining('model_final_checkpoint.safetensors'),
  });
  await expect(continued({}, {}, { now })).rejects.toMatchObject(refusal('negativeSlope was 0.01 and is 0.3'));
  const planned = Object.assign(Object.create(trainer), { plans: { ...trainer.plans, num_classes: 7 } });
  const changes = 'classes was 3 and is 8; the plans have changed too: num_classes';
  await expect(continued({}, {}, { now: planned })).rejects.toMatchObject(refusal(changes));
});

it.each<[string, (plans: Plans) => void, string]>([
  ['the patch', (plans) => Object.assign(plans.plans_per_stage[0]!, { patch_size: [16, 8] }), 'patch_size'],
  [
    'the normalisation',
    (plans) => Object.assign(plans, { normalization_schemes: { 0: 'noNorm' } }),
    'normalization_schemes',
  ],
  ['the labels', (plans) => Object.assign(plans, { all_classes: [1] }), 'all_classes'],
  ['statistics', ({ dataset_properties: d }) => Object.assign(d, { intensityproperties: {} }), 'intensityproperties'],
])('says on going on that %s was planned otherwise', async (_, change, keys) => {
  const plans = tinyPlans([8, 8]);
  change(plans);
  const now = Object.assign(Object.create(trainer), { plans }) as typeof trainer;
  const { continues } = await continued({}, {}, { now });
  expect(continues).toContain(`\nwarning: the plans have changed since this training began: ${keys} (`);
});

it('takes no offence at other paths, and keys in another order', async () => {
  const plans = Object.fromEntries(Object.entries(tinyPlans([8, 8])).reverse()) as unknown as Plans;
  const now = Object.assign(Object.create(trainer), { plans: { ...plans, preprocessed_data_folder: '/x' } });
  expect((await continued({}, {}, { now })).continues).not.toContain('\n');
});
