import { expect, it } from 'vitest';
import { TimeLeft } from './time-left.ts';

it('foresees the rest from the cases and the part of a case that are done', () => {
  let clock = 0;
  const left = new TimeLeft(4, () => clock);
  expect(left.secondsLeft(0)).toBeNull();
  expect(left.secondsLeft(0.01)).toBeNull();
  clock = 4.9;
  expect(left.secondsLeft(0.5)).toBeCloseTo(35);
  clock = 9.9;
  left.finish();
  left.skip();
  expect(left.secondsLeft(0)).toBeCloseTo(20);
  clock = 14.9;
  expect(left.secondsLeft(0.5)).toBeCloseTo(15);
});

it('does not take the time in which the network is made ready for that of the cases', () => {
  let clock = 0;
  const left = new TimeLeft(50, () => clock);
  const seen: (number | null)[] = [];
  for (let id = 0; id < 3; id++) {
    for (let i = 1; i <= 8; i++) {
      clock += id === 0 && i === 1 ? 3.3 : 0.02;
      seen.push(left.secondsLeft(i / 8));
    }
    left.finish();
  }
  expect(seen[0]).toBeNull();
  for (const seconds of seen.slice(1)) expect(seconds).toBeLessThanOrEqual(8);
  expect(seen.at(-1)).toBeCloseTo(47 * 0.16);
});

it('goes by the second case where the first is one evaluation', () => {
  let clock = 3;
  const left = new TimeLeft(3, () => clock);
  expect(left.secondsLeft(1)).toBeNull();
  left.finish();
  clock += 2;
  expect(left.secondsLeft(1)).toBeCloseTo(2);
});

it('says nothing before a fiftieth of a case is done, and never less than nothing', () => {
  let clock = 0;
  const left = new TimeLeft(2, () => clock);
  expect(left.secondsLeft(0.1)).toBeNull();
  clock = 1;
  expect(left.secondsLeft(0.115)).toBeNull();
  // 0.025 of a case took a second.
  expect(left.secondsLeft(0.125)).toBeCloseTo(1.875 * 40, 9);
  left.finish();
  left.finish();
  clock = 2;
  expect(left.secondsLeft(0.5)).toBe(0);
});
