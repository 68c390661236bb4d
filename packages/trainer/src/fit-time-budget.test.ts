import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { fitTimeBudget, minutes, type TrainingTimes } from './fit-time-budget.ts';
import { resolveSettings, type TrainingSettings } from './training-settings.ts';

const times: TrainingTimes = { step: 3, evaluation: 1, validation: 50 };

function fit(given: Partial<TrainingSettings>, more: Partial<TrainingTimes> = {}, spent = 20): TrainingSettings {
  return fitTimeBudget(given, resolveSettings(given), { ...times, ...more }, spent);
}

describe('fitTimeBudget', () => {
  it('makes about ten epochs of what the start and the validation leave', () => {
    // 360 s less 20 s for the start and 1.2 x 50 s for the validation: 28 s an epoch, 3 + 1/5 s an iteration.
    expect(fit({ timeBudget: 6 })).toMatchObject({
      iterationsPerEpoch: 8,
      validationIterationsPerEpoch: 2,
      validationMinutes: 1,
      timeBudget: 6,
      epochs: 1000,
    });
    expect(fit({ timeBudget: 6 }, { validation: 0 })).toMatchObject({ iterationsPerEpoch: 10, validationMinutes: 0 });
  });

  it('never makes an epoch longer than the default one', () => {
    expect(fit({ timeBudget: 6000 })).toMatchObject({ iterationsPerEpoch: 250, validationIterationsPerEpoch: 50 });
  });

  it('keeps the numbers that the user gave', () => {
    expect(fit({ timeBudget: 6, iterationsPerEpoch: 25 })).toMatchObject({
      iterationsPerEpoch: 25,
      validationIterationsPerEpoch: 5,
      validationMinutes: 1,
    });
    // 4 validation iterations of a second leave 24 s for steps of 3 s.
    expect(fit({ timeBudget: 6, validationIterationsPerEpoch: 4 })).toMatchObject({
      iterationsPerEpoch: 8,
      validationIterationsPerEpoch: 4,
    });
    // Forty validation iterations would leave no time for a step: one is made all the same.
    expect(fit({ timeBudget: 6, validationIterationsPerEpoch: 40 })).toMatchObject({ iterationsPerEpoch: 1 });
    const unbounded = resolveSettings({ epochs: 3 });
    expect(fitTimeBudget({ epochs: 3 }, unbounded, times, 20)).toBe(unbounded);
  });

  it('refuses a budget that leaves no time to train', () => {
    const refused = (minutes: number) => {
      try {
        return fit({ timeBudget: minutes });
      } catch (error) {
        return isNnUNetError(error, 'usage') ? error.message : error;
      }
    };
    // 80 s are for start and validation, ten epochs of one iteration take 40 s.
    expect(refused(1.9)).toMatch(/time budget of 1.9 min leaves no time for training: the start took 20 s.*about 50 s/);
    expect(refused(2.1)).toMatchObject({ iterationsPerEpoch: 1 });
    // To the second: what is left are those 40 s.
    expect(refused(2)).toMatchObject({ iterationsPerEpoch: 1 });
    expect(refused(119.5 / 60)).toMatch(/leaves no time for training/);
  });
});

it('says seconds up to a minute, and then minutes', () => {
  expect([0.4, 59, 60, 90, 3600].map(minutes)).toEqual(['0 s', '59 s', '1.0 min', '1.5 min', '60.0 min']);
});
