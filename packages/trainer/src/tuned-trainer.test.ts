import type { ModelDescription } from '@nnunet/inference';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { RulesV1 } from '../../inference/src/rules-v1.ts';
import { nnUNetTrainerV2 } from './default-trainer-v1.ts';
import { tunedTrainer } from './tuned-trainer.ts';
import { planTuning, tuningSettings } from './tuning.ts';

const plans = tinyPlans([8, 8]);
const { batch_size } = plans.plans_per_stage[0];
const described = (batchSize = batch_size): ModelDescription => {
  const stage = { ...plans.plans_per_stage[0], batch_size: batchSize };
  const own = { ...plans, plans_per_stage: { 0: stage } };
  return new nnUNetTrainerV2({ plans: own, configuration: '2d', stage: 0, batchDice: true }).describeModel();
};
const stored = (description: ModelDescription) => ({ rules: new RulesV1(description) });

it('refuses models that cannot be trained further in a page', () => {
  const cascade = { ...described(), configuration: '3d_cascade_fullres' };
  expect(() => tunedTrainer(stored(cascade), 'm.zip')).toThrow('m.zip: is the second stage of a cascade');
  const own = { ...described(), trainer: 'MyTrainer' };
  expect(() => tunedTrainer(stored(own), 'm.zip')).toThrow(/MyTrainer/);
  expect(tunedTrainer(stored(described()), 'm').trainer.constructor.name).toBe('nnUNetTrainerV2');
});

it('trains with batches as planned, but of at most 8 samples unless told otherwise', () => {
  const sizes = [2, 8, 9, 366].map((planned) => planTuning(stored(described(planned)), { where: 'm' }).batchSize);
  expect(sizes).toEqual([2, 8, 8, 8]);
  expect(planTuning(stored(described(366)), { where: 'm', batchSize: 40 }).batchSize).toBe(40);
});

it('takes a hundred steps at a tenth of the usual learning rate unless told otherwise', () => {
  const usual = { epochs: 10, iterationsPerEpoch: 10, validationIterationsPerEpoch: 2 };
  expect(tuningSettings()).toMatchObject({ ...usual, initialLearningRate: 0.001, seed: 12345, timeBudget: null });
  const given = { iterationsPerEpoch: 50, initialLearningRate: 0.1, seed: 1, timeBudget: 3 };
  expect(tuningSettings(given)).toMatchObject({ ...usual, ...given });
  expect(tuningSettings({ epochs: undefined, initialLearningRate: undefined })).toEqual(tuningSettings());
});
