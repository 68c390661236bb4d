import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { resolveSettings } from './training-settings.ts';

describe('resolveSettings', () => {
  it('keeps the numbers of nnU-Net', () => {
    const settings = resolveSettings();
    expect(settings).toMatchObject({ epochs: 1000, iterationsPerEpoch: 250, validationIterationsPerEpoch: 50 });
    expect(settings).toMatchObject({ batchSize: null, initialLearningRate: 0.01, timeBudget: null });
  });

  it('validates on a fifth of a changed number of iterations, unless told otherwise', () => {
    expect(resolveSettings({ iterationsPerEpoch: 25 }).validationIterationsPerEpoch).toBe(5);
    expect(resolveSettings({ iterationsPerEpoch: 2 }).validationIterationsPerEpoch).toBe(1);
    const both = { iterationsPerEpoch: 25, validationIterationsPerEpoch: 9 };
    expect(resolveSettings(both).validationIterationsPerEpoch).toBe(9);
  });

  it.each([
    { epochs: 0 },
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
  });
});
