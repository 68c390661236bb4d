import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { normalizeChannel } from './normalization-registry.ts';

const statistics = { mean: 10, sd: 4, median: 9, mn: -50, mx: 90, percentile_00_5: 0, percentile_99_5: 20 };
const labels = Float32Array.from([0, 1, -1, 0]);
const run = (scheme: string, useMask: boolean, values: number[], s: typeof statistics | null = statistics) => {
  const image = Float32Array.from(values);
  normalizeChannel(image, scheme, { mask: labels, useMask, statistics: s });
  return [...image];
};

it('normalises CT by the clipped range and moments of the training set', () => {
  expect(run('CT', false, [-100, 10, 14, 400])).toEqual([-2.5, 0, 1, 2.5]);
  expect(run('CT', true, [-100, 10, 14, 400])).toEqual([-2.5, 0, 0, 2.5]);
  expect(() => run('CT', false, [1, 2, 3, 4], null)).toThrow(/CT/);
  let error: unknown;
  try {
    run('CT2', false, [1, 2, 3, 4], null);
  } catch (e) {
    error = e;
  }
  expect(isNnUNetError(error, 'bad-plans')).toBe(true);
});

it('normalises CT2 by the moments of what lies strictly between the bounds', () => {
  // 4 and 8 count; the bounds and what was clipped to them do not
  expect(run('CT2', false, [4, 8, 20, -5])).toEqual([-1, 1, 7, -3]);
});

it('normalises others by their own moments, of the mask if asked', () => {
  const [a, b, c, d] = run('nonCT', false, [1, 2, 3, 6]);
  expect([a!, b!, c!, d!].reduce((x, y) => x + y)).toBeCloseTo(0, 6);
  expect(d! - a!).toBeCloseTo(5 / Math.sqrt(3.5), 6);
  const masked = run('nonCT', true, [1, 2, 300, 6]);
  expect(masked[2]).toBe(0);
  expect(masked[0]).toBeCloseTo(-2 / Math.sqrt(14 / 3), 6);
});

it('sums up images whose size is not a multiple of four, and divides a flat one by what is added', () => {
  for (const values of [
    [1, 2, 4],
    [1, 2, 4, 8, 16, 32, 64, 128, -5],
    [3, 1, 4, 1, 5, 9, 2, 6],
    [2, 7],
  ]) {
    const image = Float32Array.from(values);
    normalizeChannel(image, 'nonCT', { mask: new Float32Array(values.length), useMask: false, statistics: null });
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    values.forEach((v, i) => {
      expect(image[i]).toBeCloseTo((v - mean) / deviation, 6);
    });
  }
  // 1e-8 is added to the deviation: that of 1e-8 and -1e-8 is 1e-8
  const tiny = run('nonCT', false, [1e-8, -1e-8, 1e-8, -1e-8]);
  for (const [i, v] of tiny.entries()) expect(v).toBeCloseTo(i % 2 === 0 ? 0.5 : -0.5, 6);
});

it('leaves noNorm alone', () => {
  expect(run('noNorm', true, [1, 2, 3, 6])).toEqual([1, 2, 3, 6]);
});
