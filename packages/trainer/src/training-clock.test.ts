import { expect, it } from 'vitest';
import { TrainingClock } from './training-clock.ts';
import { resolveSettings, type TrainingSettings } from './training-settings.ts';

let seconds = 0;
const clockFor = (settings: Partial<TrainingSettings>, elapsed = 0) =>
  new TrainingClock(resolveSettings(settings), () => seconds, elapsed);
const settings = { epochs: 3, iterationsPerEpoch: 10, validationIterationsPerEpoch: 2 };

it('foresees the remaining epochs from the pace of training and validation', () => {
  const clock = clockFor(settings);
  clock.add('training', 2);
  clock.add('validation', 1);
  expect(clock.secondsLeft({ epoch: 0, training: 0, validation: 0 })).toBe(66);
  expect(clock.secondsLeft({ epoch: 2, training: 10, validation: 1 })).toBe(1);
  clock.add('training', 7);
  expect(clock.secondsPerIteration('training')).toBeCloseTo(3, 12);
});

it('ends with the time budget if that comes first', () => {
  const clock = clockFor({ ...settings, timeBudget: 1 });
  clock.add('training', 20);
  seconds += 25;
  expect(clock.secondsLeft({ epoch: 0, training: 1, validation: 0 })).toBe(35);
  seconds += 50;
  expect(clock.secondsLeft({ epoch: 0, training: 1, validation: 0 })).toBe(0);
});

it('does not say that all is done while the last validation goes on', () => {
  const clock = clockFor({ ...settings, validationIterationsPerEpoch: 5, timeBudget: 1 }, 70);
  clock.add('training', 20);
  clock.add('validation', 4);
  // The minute is over; three of five validation batches are to come.
  expect(clock.secondsLeft({ epoch: 0, training: 3, validation: 2 })).toBe(12);
});

it('takes a validation iteration for a third of a step until one was timed', () => {
  const clock = clockFor(settings);
  expect(clock.secondsLeft({ epoch: 0, training: 0, validation: 0 })).toBe(0);
  expect([clock.secondsPerIteration('training'), clock.validationSeconds()]).toEqual([0, 0]);
  clock.add('training', 6);
  // Three epochs of 10 steps and 2 validations, less 4 steps.
  expect(clock.secondsLeft({ epoch: 0, training: 4, validation: 0 })).toBe(3 * 64 - 24);
  expect(clock.validationSeconds()).toBe(4);
  clock.add('validation', 5);
  expect(clock.validationSeconds()).toBe(10);
  expect(clock.secondsPerIteration('validation')).toBe(5);
  // What was foreseen is over: no time is left, and no less than none.
  expect(clock.secondsLeft({ epoch: 3, training: 1, validation: 0 })).toBe(0);
});
