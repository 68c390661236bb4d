import { expect, it } from 'vitest';
import { fixed, millilitres, plain, score, spreadOf } from './number-texts.ts';

it('writes numbers for readers', () => {
  expect([0, 0.5, 1 / 3, -2.5, 1234.5, 123.456, 2e-5, 3e8].map(plain)).toEqual([
    '0',
    '0.5',
    '0.3333',
    '−2.5',
    '1235',
    '123.5',
    '2.00e−5',
    '3.00e+8',
  ]);
  expect([score(0.87654), score(null), score(Number.NaN), fixed(-0.12, 1)]).toEqual(['0.8765', '–', '–', '−0.1']);
  expect([millilitres(1520), millilitres(null)]).toEqual(['1.52', '–']);
});

it('describes the spread of a sample, without what is undefined', () => {
  // Mean 4; squares of 2, 0 and 2 over 3 - 1.
  expect(spreadOf([2, null, 4, Number.NaN, 6])).toEqual({ mean: 4, deviation: 2, count: 3 });
  expect(spreadOf([3])).toEqual({ mean: 3, deviation: null, count: 1 });
  expect(spreadOf([null])).toBeNull();
});
