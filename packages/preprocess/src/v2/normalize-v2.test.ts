import { type ErrorTag, isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { normalizeV2 } from './normalize-v2.ts';

const image = () => Float32Array.of(0, 2, 4, 6, 8, 100);
const mask = Float32Array.of(-1, 0, 0, 0, 0, -1);
const none = { useMask: false, intensities: null };

function normalized(scheme: string, options: Partial<Parameters<typeof normalizeV2>[2]> = {}): number[] {
  const data = image();
  normalizeV2(data, mask, { scheme, ...none, ...options });
  return [...data];
}

it('z-scores all voxels, or those of the mask alone, and leaves the others as they are', () => {
  const mean = 20;
  const deviation = Math.sqrt((400 + 324 + 256 + 196 + 144 + 6400) / 6);
  for (const [i, v] of normalized('ZScoreNormalization').entries())
    expect(v).toBeCloseTo((image()[i]! - mean) / deviation, 6);
  const masked = normalized('ZScoreNormalization', { useMask: true });
  expect([masked[0], masked[5]]).toEqual([0, 100]);
  for (const [i, v] of masked.slice(1, 5).entries()) expect(v).toBeCloseTo((2 * i - 3) / Math.sqrt(5), 6);
});

it('does not divide by nothing', () => {
  const flat = Float32Array.of(7, 7, 7);
  normalizeV2(flat, new Float32Array(3), { scheme: 'ZScoreNormalization', ...none });
  expect([...flat]).toEqual([0, 0, 0]);
  // deviations and ranges count as 1e-8 at least
  const near = Float32Array.of(1e-9, -1e-9);
  normalizeV2(near, new Float32Array(2), { scheme: 'ZScoreNormalization', ...none });
  expect(near[0]).toBeCloseTo(0.1, 6);
  const range = Float32Array.of(0, 2e-9);
  normalizeV2(range, new Float32Array(2), { scheme: 'RescaleTo01Normalization', ...none });
  expect(range[1]).toBeCloseTo(0.2, 6);
  const outside = Float32Array.of(7, 8);
  normalizeV2(outside, Float32Array.of(-1, -1), { scheme: 'ZScoreNormalization', useMask: true, intensities: null });
  expect([...outside]).toEqual([7, 8]);
});

it('clips and scales CT by the statistics of the training set, whatever the mask', () => {
  const intensities = { mean: 4, std: 2, percentile_00_5: 2, percentile_99_5: 8 };
  expect(normalized('CTNormalization', { useMask: true, intensities })).toEqual([-1, -1, 0, 1, 2, 2]);
});

it('knows the other schemes of v2, and no more', () => {
  expect(normalized('NoNormalization')).toEqual([...image()]);
  expect(normalized('RescaleTo01Normalization')).toEqual([...image().map((v) => v / 100)]);
  const shifted = Float32Array.of(-3, 5, 1);
  normalizeV2(shifted, new Float32Array(3), { scheme: 'RescaleTo01Normalization', ...none });
  expect([...shifted]).toEqual([0, 1, 0.5]);
  expect(normalized('RGBTo01Normalization')).toEqual([...image().map((v) => v / 255)]);
  const tag = (scheme: string, wanted: ErrorTag) => {
    try {
      normalized(scheme);
    } catch (error) {
      return isNnUNetError(error, wanted);
    }
    return false;
  };
  expect(tag('MyNormalization', 'unsupported-normalization')).toBe(true);
  expect(tag('CTNormalization', 'bad-plans')).toBe(true);
});
