import { expect, it } from 'vitest';
import { secondsBeside } from './case-forecast.ts';
import { PredictionClock } from './forecast-time.ts';

it('counts what a case takes beside the network, by its voxels, channels and classes', () => {
  const seconds = (imageShape: number[], networkShape: number[], channels: number, classes: number) =>
    secondsBeside({ imageShape, networkShape }, channels, classes);
  const million = [100, 100, 100];
  // 0.03 s a case; for a million voxels 0.015 s to read an array of channels or labels, 0.01 s to decide for a class.
  expect(seconds(million, million, 1, 3)).toBeCloseTo(0.03 + 2 * 0.015 + 4 * 0.01, 12);
  expect(seconds([200, 100, 100], [200, 100, 100], 4, 30)).toBeCloseTo(0.03 + 2 * (5 * 0.015 + 31 * 0.01), 12);
  // 0.02 s to resample a million voxels of what the network sees.
  expect(seconds(million, [50, 100, 100], 2, 3)).toBeCloseTo(0.03 + 3 * 0.015 + 4 * 0.01 + 0.5 * 3 * 0.02, 12);
});

it('believes the guess at first, then what was measured', () => {
  let now = 100;
  const clock = new PredictionClock([10, 10, 20], () => now);
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
  const clock = new PredictionClock([null, null, null], () => now);
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
  const clock = new PredictionClock([100, 100], () => 0);
  clock.revise(100, 10);
  expect(clock.secondsLeft(0)).toBe(110);
});

it('has nothing to say of no cases but that they are done', () => {
  expect(new PredictionClock([]).secondsLeft(0)).toBe(0);
  const clock = new PredictionClock([0, 0], () => 5);
  expect(clock.secondsLeft(0)).toBe(0);
});

it('counts the time of the cases that are done until the last one ended', () => {
  let now = 0;
  const clock = new PredictionClock([10, 10], () => now);
  now = 20;
  clock.finish(10);
  now = 50;
  // Reading the next image: 10 are left, 10 took 20, and the guess counts as 2.
  expect(clock.secondsLeft(0)).toBeCloseTo((10 * (20 + 2)) / (10 + 2), 12);
  expect(clock.secondsLeft(1)).toBeCloseTo((9 * (50 + 2)) / (11 + 2), 12);
});

it('says 0 when all is done, whatever the sums are rounded to', () => {
  let now = 0;
  const clock = new PredictionClock([0.1, 0.2, 0.3], () => now++);
  clock.finish(0.1);
  clock.finish(0.2);
  expect(clock.secondsLeft(0.3)).toBe(0);
  clock.finish(0.3);
  expect(clock.secondsLeft(0)).toBe(0);
});
