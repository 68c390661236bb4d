import { describe, expect, it } from 'vitest';
import { forecastInWords } from './training-answer.ts';

describe('forecastInWords', () => {
  const forecast = {
    batchSize: 7,
    patchSize: [40, 56, 40],
    memory: 'a step of batch 7 takes about 1.9 GB of memory, 22.0 GB are free',
    step: 2.031,
    iterationsPerEpoch: 250,
    validationIterationsPerEpoch: 50,
    epoch: 540,
    epochs: 1000,
    validationCases: 40,
    validation: 90,
    fold: 540_090,
    folds: 5,
  };

  it('tells a step, an epoch, the fold and all folds', () => {
    expect(forecastInWords(forecast, { network: '3d_fullres', fold: '0' })).toBe(
      [
        '3d_fullres, fold 0: patch 40 x 56 x 40, batch 7',
        'memory: a step of batch 7 takes about 1.9 GB of memory, 22.0 GB are free',
        'a training step: 2.03 s',
        'an epoch, 250 training and 50 validation iterations: 9 min',
        'validation, 40 cases: 1 min 30 s',
        'this fold, 1000 epochs: 6 d 6 h',
        'all 5 folds, one after the other: 31 d 6 h',
        'Nothing was trained.',
      ].join('\n'),
    );
  });

  it('leaves out what does not take place', () => {
    const short = { ...forecast, epochs: 1, fold: 540, validationCases: 0, validation: 0 };
    const text = forecastInWords(short, { network: '2d', fold: 'all' });
    expect(text).toContain('this fold, 1 epoch: 9 min\nNothing');
    expect(text).not.toMatch(/folds|validation, /);
    const one = forecastInWords(
      { ...short, folds: 1, validationCases: 1, validation: 5 },
      { network: '2d', fold: '0' },
    );
    expect(one).toContain('\nvalidation, 1 case: 5 s\n');
    expect(one).not.toContain('folds');
  });
});
