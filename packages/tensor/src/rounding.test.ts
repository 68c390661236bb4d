import { expect, it } from 'vitest';
import { roundHalfEven } from './rounding.ts';

it('rounds half to even', () => {
  const values = [0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 2.5001, 3];
  expect(values.map((x) => roundHalfEven(x) + 0)).toEqual([0, 2, 2, 0, -2, 2, 3, 3]);
});
