import { expect, it } from 'vitest';
import { mostProbable } from './most-probable.ts';

it('is the class of the greatest score, the lowest of equal ones', () => {
  const scores = [
    [0.1, 0.5, 0.3, -3],
    [0.2, 0.5, 0.3, -2],
    [0.7, 0.0, 0.4, -2],
  ];
  expect([...mostProbable(Float32Array.from(scores.flat()), 3)]).toEqual([2, 0, 2, 1]);
});
