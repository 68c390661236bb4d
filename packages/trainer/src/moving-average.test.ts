import { expect, it } from 'vitest';
import { MovingAverage } from './moving-average.ts';

it('starts at the first value and then keeps nine tenths', () => {
  const average = new MovingAverage(0.9);
  expect(average.value).toBeNull();
  average.add(0.5);
  expect(average.value).toBe(0.5);
  average.add(1);
  expect(average.value).toBeCloseTo(0.55, 14);
});

it('leaves out a value that is not a number and says so', () => {
  const average = new MovingAverage(0.9);
  expect(average.add(Number.NaN)).toBe(false);
  expect(average.value).toBeNull();
  expect(average.add(0.4)).toBe(true);
  expect(average.add(Number.NaN)).toBe(false);
  expect(average.value).toBe(0.4);
});

it('continues from a stored value', () => {
  const [unbroken, first] = [new MovingAverage(0.93), new MovingAverage(0.93)];
  for (const value of [0.3, 0.7, 0.1]) unbroken.add(value);
  first.add(0.3);
  const second = new MovingAverage(0.93, first.value);
  second.add(0.7);
  second.add(0.1);
  expect(second.value).toBe(unbroken.value);
});
