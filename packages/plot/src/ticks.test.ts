import { describe, expect, it } from 'vitest';
import { formatNumber, niceTicks, rangeOf } from './ticks.ts';

describe('niceTicks', () => {
  it('covers a range with round numbers', () => {
    expect(niceTicks(-0.93, 0.31, 6).texts).toEqual(['−0.8', '−0.6', '−0.4', '−0.2', '0', '0.2']);
    expect(niceTicks(0, 0.0108, 3).texts).toEqual(['0', '0.005', '0.010']);
    expect(niceTicks(0, 999, 9, true).values).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(niceTicks(0, 3, 9, true).texts).toEqual(['0', '1', '2', '3']);
  });

  it('survives a range without extent', () => expect(niceTicks(2, 2, 5).values).toEqual([2]));

  it('gives neighbours different texts at any size', () => {
    for (const scale of [1e-7, 3e-4, 1, 4e3, 2e8]) {
      const { texts } = niceTicks(0.37 * scale, 1.9 * scale, 7);
      expect(texts.length).toBeGreaterThan(3);
      expect(new Set(texts).size).toBe(texts.length);
      expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(9);
    }
  });
});

it('formats by the step', () => {
  expect(formatNumber(0.30000000000000004, 0.1)).toBe('0.3');
  expect(formatNumber(-12.5, 0.5)).toBe('−12.5');
});

it('finds the range of finite values', () => {
  expect(
    rangeOf(
      [
        [1, Number.NaN],
        [3, Number.POSITIVE_INFINITY],
      ],
      0,
    ),
  ).toEqual([1, 3]);
  expect(rangeOf([[Number.NaN], []])).toBeNull();
});
