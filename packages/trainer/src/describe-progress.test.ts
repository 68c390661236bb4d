import { expect, it } from 'vitest';
import { describeDuration, describeProgress } from './describe-progress.ts';

it('says epoch, iteration, pace and time left', () => {
  const progress = { epoch: 2, epochs: 12, iteration: 12, iterations: 25, secondsPerIteration: 2.12, secondsLeft: 245 };
  expect(describeProgress({ ...progress, phase: 'training' })).toBe(
    'epoch 3/12, iteration 12/25, 2.1 s each, 4 min left',
  );
  expect(describeProgress({ ...progress, phase: 'validation', secondsPerIteration: 0.034 })).toBe(
    'epoch 3/12, validation iteration 12/25, 0.03 s each, 4 min left',
  );
});

it.each([
  [12.4, '12 s'],
  [600, '10 min'],
  [3 * 3600 + 20 * 60, '3 h 20 min'],
  [53 * 3600, '2 d 5 h'],
])('%d s are %s', (seconds, text) => {
  expect(describeDuration(seconds)).toBe(text);
});
