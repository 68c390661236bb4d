import { expect, it } from 'vitest';
import { mostProbable } from './most-probable.ts';

it('is the class of the greatest score, the lowest of equal ones', () => {
  const scores = [
    [0.1, 0.5, 0.3, -3],
    [0.2, 0.5, 0.3, -2],
    [0.7, 0.0, 0.4, -2],
  ];
  expect([...mostProbable({ data: Float32Array.from(scores.flat()), shape: [3, 1, 2, 2] })]).toEqual([2, 0, 2, 1]);
});
