import { defaultSettings } from '@nnunet/trainer';
import { expect, it } from 'vitest';
import { askedSettings, settingsConflict } from './asked-settings.ts';

it('reads settings among the arguments of nnUNet_train, in both spellings, the last of several', () => {
  const words = ['--epochs', '3', '--lr=0.1', '--time_budget', '2h', '--npz', '--epochs', '5'];
  expect(askedSettings(words)).toEqual({ epochs: 5, initialLearningRate: 0.1, timeBudget: 120 });
  expect(() => askedSettings(['--epochs', 'many'])).toThrow(/"many" is not a number/);
  expect(() => askedSettings(['--time_budget', '90'])).toThrow(/"90" has no unit/);
});

const trained = (changes: Partial<typeof defaultSettings>) => ({ ...defaultSettings, ...changes });

it.each([
  ['asked for with the same options', ['--epochs', '3'], trained({ epochs: 3 })],
  ['with the default of the trainer', [], defaultSettings],
  [
    'with validation iterations that follow from the others',
    ['--iterations_per_epoch', '10'],
    trained({ iterationsPerEpoch: 10, validationIterationsPerEpoch: 2 }),
  ],
  [
    'in a time budget, which fits the epochs',
    ['--time_budget', '90s'],
    trained({ timeBudget: 1.5, iterationsPerEpoch: 7 }),
  ],
])('accepts a training %s', (_, words, stored) => {
  expect(settingsConflict(words, stored, defaultSettings)).toBeNull();
});

it.each([
  [['--epochs', '3'], trained({ epochs: 1 }), 'it was trained with --epochs 1, but --epochs 3 is asked for now'],
  [[], trained({ epochs: 1 }), 'it was trained with --epochs 1, but --epochs 1000 is asked for now'],
  [
    ['--seed', '7', '--batch_size', '4'],
    defaultSettings,
    'it was trained with --batch_size (as planned) --seed 12345, but --batch_size 4 --seed 7 is asked for now',
  ],
  [
    ['--time_budget', '2h'],
    trained({ timeBudget: 60 }),
    'it was trained with --time_budget 3600s, but --time_budget 7200s is asked for now',
  ],
  [
    ['--time_budget', '1h', '--batch_size', '4'],
    trained({ timeBudget: 60, batchSize: 2 }),
    'it was trained with --batch_size 2, but --batch_size 4 is asked for now',
  ],
])('with %j, tells how a training differs', (words, stored, sentence) => {
  expect(settingsConflict(words, stored, defaultSettings)).toBe(sentence);
});
