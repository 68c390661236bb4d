import { describe, expect, it } from 'vitest';
import { finishedShare, isRate, polyLearningRate, shareOfState } from './schedule.ts';
import { resolveSettings } from './training-settings.ts';
import { startingState } from './training-state.ts';

describe('polyLearningRate', () => {
  // Made by nnunet 1.7.1: poly_lr(epoch, 1000, 0.01, 0.9).
  it.each([
    [0, 0.01],
    [1, 0.009990999549834914],
    [2, 0.009981998198678612],
    [10, 0.009909954834128341],
    [250, 0.007718895067235705],
    [500, 0.005358867312681466],
    [900, 0.001258925411794167],
    [999, 1.995262314968881e-5],
  ])('is that of v1 in epoch %i of 1000', (epoch, expected) => {
    const share = finishedShare({ epoch, epochs: 1000, elapsedShare: 0 });
    expect(Math.abs(polyLearningRate(0.01, share) / expected - 1)).toBeLessThan(1e-12);
  });

  it('is 0 at the end, also when a time budget is overdrawn', () => {
    expect(polyLearningRate(0.01, finishedShare({ epoch: 3, epochs: 1000, elapsedShare: 1.2 }))).toBe(0);
  });
});

it('takes the share of the epochs or of the time, whichever is further', () => {
  expect(finishedShare({ epoch: 1, epochs: 4, elapsedShare: 0.5 })).toBe(0.5);
  expect(finishedShare({ epoch: 3, epochs: 4, elapsedShare: 0.5 })).toBe(0.75);
});

it('takes the share of the time that is for training, without that for the validation', () => {
  const share = (timeBudget: number | null) => {
    const settings = resolveSettings({ epochs: 10, timeBudget, validationMinutes: 2 });
    return shareOfState({ ...startingState(settings, 0.9), epoch: 3, elapsedSeconds: 90 });
  };
  expect(share(null)).toBe(0.3);
  // Of 3 minutes 2 are kept; of 5 minutes too, and 90 of 180 s are over.
  expect(share(3)).toBe(1);
  expect(share(5)).toBe(0.5);
});

it.each([
  [0, true],
  [0.01, true],
  [-1e-9, false],
  [Number.NaN, false],
  [Number.POSITIVE_INFINITY, false],
])('a learning rate of %d is one: %s', (rate, is) => expect(isRate(rate)).toBe(is));
