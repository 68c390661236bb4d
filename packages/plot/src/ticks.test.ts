import { describe, expect, it } from 'vitest';
import { formatNumber, niceTicks, rangeOf } from './ticks.ts';

describe('niceTicks', () => {
  it('covers a range with round numbers', () => {
    expect(niceTicks(-0.93, 0.31, 6).texts).toEqual(['−0.8', '−0.6', '−0.4', '−0.2', '0', '0.2']);
    expect(niceTicks(0, 0.0108, 3).texts).toEqual(['0', '0.005', '0.010']);
    expect(niceTicks(0, 999, 9, true).values).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(niceTicks(0, 3, 9, true).texts).toEqual(['0', '1', '2', '3']);
  });

  it('survives a range without extent', () => {
    expect(niceTicks(2, 2, 5)).toEqual({ values: [2], texts: ['2.0'] });
    expect(niceTicks(250, 250, 5).texts).toEqual(['250']);
    expect([10, 9, 0].map((value) => niceTicks(value, value, 5).texts[0])).toEqual(['10', '9.0', '0']);
    expect(niceTicks(3, 1, 5).values).toEqual([3]);
  });

  // From 1, 2, 5 and 10 the nearest on a logarithmic scale: they part at the roots of 2, 10 and 50.
  it.each([
    [14.1, 1],
    [14.2, 2],
    [31.6, 2],
    [31.7, 5],
    [70.7, 5],
    [70.8, 10],
  ])('divides %s into tenths of %s', (high, step) => {
    const { values } = niceTicks(0, high, 10);
    expect(values.slice(0, 3)).toEqual([0, step, 2 * step]);
    expect(values.at(-1)).toBe(step * Math.floor(high / step));
  });

  it('covers the range from the inside, its ends too where they are round', () => {
    expect(niceTicks(0.1, 0.3, 2).texts).toEqual(['0.1', '0.2', '0.3']);
    expect(niceTicks(0.30000000000000004, 0.5, 2).texts).toEqual(['0.3', '0.4', '0.5']);
    expect(niceTicks(3.00000005, 5, 2).values).toEqual([4, 5]);
    expect(niceTicks(3, 4.99999995, 2).values).toEqual([3, 4]);
    expect(niceTicks(-0.4, 2.2, 3).values).toEqual([0, 1, 2]);
    expect(niceTicks(1, 3, 0.1).values).toEqual([2]);
    expect(niceTicks(1, 2, 9, true).values).toEqual([1, 2]);
    expect(niceTicks(0, 9, 4, true).values).toEqual([0, 2, 4, 6, 8]);
  });

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
  expect(formatNumber(0, 1e-9)).toBe('0');
  expect(formatNumber(250, 50)).toBe('250');
  expect(formatNumber(0.25, 0.05)).toBe('0.25');
  expect(formatNumber(3, 0.001)).toBe('3.000');
  expect([1, 0.9999999].map((step) => formatNumber(3, step))).toEqual(['3', '3.0']);
});

it('writes powers of ten below a thousandth and from a million on', () => {
  expect(formatNumber(0.001, 0.001)).toBe('0.001');
  expect(formatNumber(0.0005, 0.001)).toBe('0.001');
  expect(formatNumber(0.00099, 0.00001)).toBe('9.9e−4');
  expect(formatNumber(-0.0005, 0.0001)).toBe('−5e−4');
  expect(formatNumber(999_999, 1)).toBe('999999');
  expect(formatNumber(1_000_000, 1000)).toBe('1.000e6');
  expect(formatNumber(2_500_000, 500_000)).toBe('2.5e6');
  expect(formatNumber(2_000_000, 1_000_000)).toBe('2e6');
  expect(formatNumber(2_000_000, 999_999.9)).toBe('2.0e6');
  expect(formatNumber(500_000, 1_000_000)).toBe('5e5');
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
  expect(rangeOf([[0, 100]])).toEqual([-5, 105]);
  expect(rangeOf([[4], [2]], 0.5)).toEqual([1, 5]);
  // Of one value that is not 0 the share of its size, of 0 one.
  expect(rangeOf([[-20]], 0.1)).toEqual([-22, -18]);
  expect(rangeOf([[0, 0]])).toEqual([-1, 1]);
});
