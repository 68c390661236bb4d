import { expect, it } from 'vitest';
import { Pace, ProgressClock } from './progress-clock.ts';

it('takes all that was timed alike, or the latest for more', () => {
  const mean = new Pace();
  expect(mean.secondsPerUnit()).toBeNull();
  expect(mean.secondsPerUnit(2, 6)).toBe(3);
  mean.add(1, 2);
  mean.add(3, 18);
  expect([mean.work, mean.secondsPerUnit(), mean.secondsPerUnit(1, 0)]).toEqual([4, 5, 4]);
  const latest = new Pace(0.25);
  latest.add(1, 4);
  expect(latest.secondsPerUnit()).toBe(4);
  // Three quarters of 4 and one of 8; of these three quarters and one of 1.
  latest.add(1, 8);
  expect(latest.secondsPerUnit()).toBe(5);
  latest.add(1, 1);
  expect(latest.secondsPerUnit()).toBe(4);
});

it('believes the guess at first, then what was measured', () => {
  let now = 100;
  const clock = new ProgressClock([10, 10, 20], { guess: 0.1, now: () => now });
  expect(clock.secondsLeft(0)).toBe(40);
  // Everything takes twice as long as foreseen.
  now += 10;
  expect(clock.secondsLeft(5)).toBeCloseTo((35 * (10 + 4)) / (5 + 4));
  now += 10;
  clock.finish(10);
  now += 20;
  clock.finish(10);
  expect(clock.secondsLeft(0)).toBeCloseTo((20 * (40 + 4)) / (20 + 4));
  now += 20;
  expect(clock.secondsLeft(10)).toBeGreaterThan(18);
  now += 20;
  clock.finish(20);
  expect(clock.secondsLeft(0)).toBe(0);
});

it('says nothing while it knows nothing, and then takes the unknown cases to be like the known ones', () => {
  let now = 0;
  const clock = new ProgressClock([null, null, null], { guess: 0.1, now: () => now });
  expect(clock.secondsLeft(0)).toBeNull();
  clock.revise(null, 10);
  expect(clock.secondsLeft(0)).toBe(30);
  now = 10;
  clock.finish(10);
  expect(clock.secondsLeft(0)).toBeCloseTo(20);
  // One that is twice as long: the last one is taken for the mean of both.
  clock.revise(null, 20);
  expect(clock.secondsLeft(0)).toBeCloseTo(35);
  // The last one fails before anything is known of it.
  clock.finish(null);
  expect(clock.secondsLeft(0)).toBeCloseTo(20);
});

it('corrects what was foreseen of a case', () => {
  const clock = new ProgressClock([100, 100], { guess: 0.1, now: () => 0 });
  clock.revise(100, 10);
  expect(clock.secondsLeft(0)).toBe(110);
});

it('has nothing to say of no cases but that they are done', () => {
  expect(new ProgressClock([]).secondsLeft(0)).toBe(0);
  const clock = new ProgressClock([0, 0], { guess: 0.1, now: () => 5 });
  expect(clock.secondsLeft(0)).toBe(0);
});

it('counts the time of the cases that are done until the last one ended', () => {
  let now = 0;
  const clock = new ProgressClock([10, 10], { guess: 0.1, now: () => now });
  now = 20;
  clock.finish(10);
  now = 50;
  // Reading the next image: 10 are left, 10 took 20, and the guess counts as 2.
  expect(clock.secondsLeft(0)).toBeCloseTo((10 * (20 + 2)) / (10 + 2), 12);
  expect(clock.secondsLeft(1)).toBeCloseTo((9 * (50 + 2)) / (11 + 2), 12);
});

it('says 0 when all is done, whatever the sums are rounded to', () => {
  let now = 0;
  const clock = new ProgressClock([0.1, 0.2, 0.3], { guess: 0.1, now: () => now++ });
  clock.finish(0.1);
  clock.finish(0.2);
  expect(clock.secondsLeft(0.3)).toBe(0);
  clock.finish(0.3);
  expect(clock.secondsLeft(0)).toBe(0);
});

/** Items that take equally long. */
const cases = (count: number, now: () => number) => new ProgressClock(new Array(count).fill(1), { now });

it('foresees the rest from the cases and the part of a case that are done', () => {
  let clock = 0;
  const left = cases(4, () => clock);
  expect(left.secondsLeft(0)).toBeNull();
  expect(left.secondsLeft(0.01)).toBeNull();
  clock = 4.9;
  expect(left.secondsLeft(0.5)).toBeCloseTo(35);
  clock = 9.9;
  left.finish(1);
  left.skip(1);
  expect(left.secondsLeft(0)).toBeCloseTo(20);
  clock = 14.9;
  expect(left.secondsLeft(0.5)).toBeCloseTo(15);
});

it('does not take the time in which the network is made ready for that of the cases', () => {
  let clock = 0;
  const left = cases(50, () => clock);
  const seen: (number | null)[] = [];
  for (let id = 0; id < 3; id++) {
    for (let i = 1; i <= 8; i++) {
      clock += id === 0 && i === 1 ? 3.3 : 0.02;
      seen.push(left.secondsLeft(i / 8));
    }
    left.finish(1);
  }
  expect(seen[0]).toBeNull();
  for (const seconds of seen.slice(1)) expect(seconds).toBeLessThanOrEqual(8);
  expect(seen.at(-1)).toBeCloseTo(47 * 0.16);
});

it('goes by the second case where the first is one evaluation', () => {
  let clock = 3;
  const left = cases(3, () => clock);
  expect(left.secondsLeft(1)).toBeNull();
  left.finish(1);
  clock += 2;
  expect(left.secondsLeft(1)).toBeCloseTo(2);
});

it('says nothing before a fiftieth of a case is done, and never less than nothing', () => {
  let clock = 0;
  const left = cases(2, () => clock);
  expect(left.secondsLeft(0.1)).toBeNull();
  clock = 1;
  expect(left.secondsLeft(0.115)).toBeNull();
  // 0.025 of a case took a second.
  expect(left.secondsLeft(0.125)).toBeCloseTo(1.875 * 40, 9);
  left.finish(1);
  left.finish(1);
  clock = 2;
  expect(left.secondsLeft(0.5)).toBe(0);
});
