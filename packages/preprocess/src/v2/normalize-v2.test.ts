import { expect, it } from 'vitest';
import type { ChannelContext } from '../normalization-entry.ts';
import { normalizeChannel } from '../normalization-registry.ts';

const image = () => Float32Array.of(0, 2, 4, 6, 8, 100);
const mask = Float32Array.of(-1, 0, 0, 0, 0, -1);
const none = { useMask: false, statistics: null };

function normalized(scheme: string, options: Partial<ChannelContext> = {}): number[] {
  const data = image();
  normalizeChannel(data, scheme, { mask, ...none, ...options });
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
  normalizeChannel(flat, 'ZScoreNormalization', { mask: new Float32Array(3), ...none });
  expect([...flat]).toEqual([0, 0, 0]);
  // deviations and ranges count as 1e-8 at least
  const near = Float32Array.of(1e-9, -1e-9);
  normalizeChannel(near, 'ZScoreNormalization', { mask: new Float32Array(2), ...none });
  expect(near[0]).toBeCloseTo(0.1, 6);
  const range = Float32Array.of(0, 2e-9);
  normalizeChannel(range, 'RescaleTo01Normalization', { mask: new Float32Array(2), ...none });
  expect(range[1]).toBeCloseTo(0.2, 6);
  const outside = Float32Array.of(7, 8);
  normalizeChannel(outside, 'ZScoreNormalization', { ...none, mask: Float32Array.of(-1, -1), useMask: true });
  expect([...outside]).toEqual([7, 8]);
});

it('clips and scales CT by the statistics of the training set, whatever the mask', () => {
  const statistics = { mean: 4, sd: 2, percentile_00_5: 2, percentile_99_5: 8 };
  expect(normalized('CTNormalization', { useMask: true, statistics })).toEqual([-1, -1, 0, 1, 2, 2]);
});

it('knows the other schemes of v2', () => {
  expect(normalized('NoNormalization')).toEqual([...image()]);
  expect(normalized('RescaleTo01Normalization')).toEqual([...image().map((v) => v / 100)]);
  const shifted = Float32Array.of(-3, 5, 1);
  normalizeChannel(shifted, 'RescaleTo01Normalization', { mask: new Float32Array(3), ...none });
  expect([...shifted]).toEqual([0, 1, 0.5]);
  expect(normalized('RGBTo01Normalization')).toEqual([...image().map((v) => v / 255)]);
  expect(() => normalized('CTNormalization')).toThrow(expect.objectContaining({ tag: 'bad-plans' }));
});

it.each([-1, 255.5])('refuses %f as a colour, as v2 does', (value) => {
  const refused = expect.objectContaining({ tag: 'bad-case', what: expect.stringContaining(`the value ${value} `) });
  const colours = Float32Array.of(0, 255, value);
  const context = { mask: new Float32Array(3), ...none };
  expect(() => normalizeChannel(colours, 'RGBTo01Normalization', context)).toThrow(refused);
});
