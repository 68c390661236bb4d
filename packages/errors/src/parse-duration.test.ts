import { expect, it } from 'vitest';
import { parseDuration } from './parse-duration.ts';

it('reads seconds, minutes and hours', () => {
  const seconds = ['90s', '30m', '30 min', ' 1.5h ', '0s'].map((text) => parseDuration(text, '--time_budget'));
  expect(seconds).toEqual([90, 1800, 1800, 5400, 0]);
});

it('refuses numbers without a unit, and other text', () => {
  expect(() => parseDuration('90', '--time_budget')).toThrow('--time_budget: "90" has no unit');
  for (const text of ['1d', '-5m', 'soon', ''])
    expect(() => parseDuration(text, '--time_budget')).toThrow('is not a duration');
});
