import { expect, it } from 'vitest';
import { TrainingClock } from './training-clock.ts';
import { resolveSettings } from './training-settings.ts';

const settings = { epochs: 3, iterationsPerEpoch: 10, validationIterationsPerEpoch: 2 };

it('foresees the remaining epochs from the pace of training and validation', () => {
  const clock = new TrainingClock(resolveSettings(settings));
  clock.add('training', 2);
  clock.add('validation', 1);
  expect(clock.secondsLeft({ epoch: 0, training: 0, validation: 0, elapsed: 0 })).toBe(66);
  expect(clock.secondsLeft({ epoch: 2, training: 10, validation: 1, elapsed: 0 })).toBe(1);
  clock.add('training', 7);
  expect(clock.secondsPerIteration('training')).toBeCloseTo(3, 12);
});

it('ends with the time budget if that comes first', () => {
  const clock = new TrainingClock(resolveSettings({ ...settings, timeBudget: 1 }));
  clock.add('training', 20);
  expect(clock.secondsLeft({ epoch: 0, training: 1, validation: 0, elapsed: 25 })).toBe(35);
  expect(clock.secondsLeft({ epoch: 0, training: 1, validation: 0, elapsed: 75 })).toBe(0);
});

it('does not say that all is done while the last validation goes on', () => {
  const clock = new TrainingClock(resolveSettings({ ...settings, validationIterationsPerEpoch: 5, timeBudget: 1 }));
  clock.add('training', 20);
  clock.add('validation', 4);
  // The minute is over; three of five validation batches are to come.
  expect(clock.secondsLeft({ epoch: 0, training: 3, validation: 2, elapsed: 70 })).toBe(12);
});

it('takes a validation iteration for a third of a step until one was timed', () => {
  const clock = new TrainingClock(resolveSettings(settings));
  expect(clock.secondsLeft({ epoch: 0, training: 0, validation: 0, elapsed: 0 })).toBe(0);
  expect([clock.secondsPerIteration('training'), clock.validationSeconds()]).toEqual([0, 0]);
  clock.add('training', 6);
  // Three epochs of 10 steps and 2 validations, less 4 steps.
  expect(clock.secondsLeft({ epoch: 0, training: 4, validation: 0, elapsed: 0 })).toBe(3 * 64 - 24);
  expect(clock.validationSeconds()).toBe(4);
  clock.add('validation', 5);
  expect(clock.validationSeconds()).toBe(10);
  expect(clock.secondsPerIteration('validation')).toBe(5);
  // What was foreseen is over: no time is left, and no less than none.
  expect(clock.secondsLeft({ epoch: 3, training: 1, validation: 0, elapsed: 0 })).toBe(0);
});
