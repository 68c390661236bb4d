import { expect, it } from 'vitest';
import { TimeLeft } from './time-left.ts';

it('foresees the rest from the cases and the part of a case that are done', () => {
  let clock = 0;
  const left = new TimeLeft(4, () => clock);
  expect(left.secondsLeft(0)).toBeNull();
  clock = 5;
  expect(left.secondsLeft(0.5)).toBe(35);
  clock = 10;
  left.finish();
  left.skip();
  expect(left.secondsLeft(0)).toBe(20);
  clock = 15;
  expect(left.secondsLeft(0.5)).toBe(15);
});
