import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { defaultSettings, resolveSettings, trainingSeconds } from './training-settings.ts';

describe('resolveSettings', () => {
  it('keeps the numbers of nnU-Net', () => {
    const settings = resolveSettings();
    expect(settings).toMatchObject({ epochs: 1000, iterationsPerEpoch: 250, validationIterationsPerEpoch: 50 });
    expect(settings).toMatchObject({ batchSize: null, initialLearningRate: 0.01, timeBudget: null });
    expect(settings).toMatchObject({ seed: 12345, validationMinutes: 0, checkpointMinutes: 10 });
  });

  it('validates on a fifth of a changed number of iterations, unless told otherwise', () => {
    expect(resolveSettings({ iterationsPerEpoch: 25 }).validationIterationsPerEpoch).toBe(5);
    expect(resolveSettings({ iterationsPerEpoch: 2 }).validationIterationsPerEpoch).toBe(1);
    const both = { iterationsPerEpoch: 25, validationIterationsPerEpoch: 9 };
    expect(resolveSettings(both).validationIterationsPerEpoch).toBe(9);
    // A number that only the trainer changed leaves its own.
    const defaults = { ...defaultSettings, iterationsPerEpoch: 25 };
    expect(resolveSettings({ epochs: 3 }, defaults).validationIterationsPerEpoch).toBe(50);
    expect(resolveSettings({ iterationsPerEpoch: 100, epochs: undefined }, defaults)).toMatchObject({
      iterationsPerEpoch: 100,
      validationIterationsPerEpoch: 20,
      epochs: 1000,
    });
  });

  it('refuses a misspelt setting, with the nearest ones', () => {
    const message = 'there is no setting called epoch\n  Did you mean epochs? There are 9 in all.';
    expect(() => resolveSettings({ epoch: 3 } as never)).toThrow(message);
  });

  it.each([
    { epochs: 0 },
    { epochs: Number.NaN },
    { iterationsPerEpoch: 0 },
    { validationIterationsPerEpoch: 0 },
    { seed: -1 },
    { seed: 0.5 },
    { initialLearningRate: 0 },
    { checkpointMinutes: 0 },
    { iterationsPerEpoch: 1.5 },
    { batchSize: 0 },
    { initialLearningRate: -1 },
    { timeBudget: 0 },
  ])('refuses %o', (bad) => {
    let error: unknown;
    try {
      resolveSettings(bad);
    } catch (e) {
      error = e;
    }
    expect(isNnUNetError(error, 'usage')).toBe(true);
    expect(() => resolveSettings({}, { ...defaultSettings, ...bad })).toThrow((error as Error).message);
  });

  it.each([
    { epochs: 1 },
    { iterationsPerEpoch: 1 },
    { validationIterationsPerEpoch: 1 },
    { seed: 0 },
    { batchSize: 1 },
    { initialLearningRate: 1e-9 },
    { checkpointMinutes: 0.01 },
    { timeBudget: 0.01 },
  ])('takes %o', (good) => expect(resolveSettings(good)).toMatchObject(good));
});

it('leaves of a time budget the seconds that are not for the validation', () => {
  expect(trainingSeconds(resolveSettings())).toBeNull();
  expect(trainingSeconds(resolveSettings({ timeBudget: 3.5, validationMinutes: 1 }))).toBe(150);
});
