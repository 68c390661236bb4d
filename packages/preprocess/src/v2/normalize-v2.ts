import { NnUNetError } from '@nnunet/errors';
import type { ForegroundStatistics, Normalization } from '../normalization-entry.ts';

const LEAST_DEVIATION = 1e-8;

/** The schemes of v2's default_normalization_schemes.py. */
export const schemesV2 = {
  ZScoreNormalization: {
    name: 'ZScoreNormalization',
    normalize: (image, { mask, useMask }) => zScore(image, useMask ? mask : null),
  },
  CTNormalization: { name: 'CTNormalization', normalize: (image, { statistics }) => ct(image, statistics) },
  RescaleTo01Normalization: { name: 'RescaleTo01Normalization', normalize: (image) => rescale(image) },
  RGBTo01Normalization: {
    name: 'RGBTo01Normalization',
    normalize(image) {
      const wrong = image.find((value) => value < 0 || value > 255);
      if (wrong !== undefined) {
        throw new NnUNetError('bad-case', {
          what: `the value ${wrong} in a channel of colours, whose values are 0 to 255`,
          remedy: 'Name the channel otherwise than rgb_to_0_1 in dataset.json, or convert the images.',
        });
      }
      for (let i = 0; i < image.length; i++) image[i] = image[i]! / 255;
    },
  },
  NoNormalization: { name: 'NoNormalization', normalize: () => undefined },
} as const satisfies Record<string, Normalization>;

function zScore(image: Float32Array, mask: Float32Array | null): void {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < image.length; i++) {
    if (mask !== null && !(mask[i]! >= 0)) continue;
    count++;
    sum += image[i]!;
  }
  if (count === 0) return;
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < image.length; i++) {
    if (mask !== null && !(mask[i]! >= 0)) continue;
    const d = image[i]! - mean;
    squares += d * d;
  }
  const deviation = atLeast(Math.sqrt(squares / count));
  for (let i = 0; i < image.length; i++) if (mask === null || mask[i]! >= 0) image[i] = (image[i]! - mean) / deviation;
}

function ct(image: Float32Array, statistics: ForegroundStatistics | null): void {
  if (statistics === null) {
    throw new NnUNetError('bad-plans', {
      what: 'CTNormalization needs "foreground_intensity_properties_per_channel"',
      where: 'plans.json',
      remedy: 'Use the plans.json with which the model was trained.',
    });
  }
  const { mean, sd, percentile_00_5: low, percentile_99_5: high } = statistics;
  const deviation = atLeast(sd);
  for (let i = 0; i < image.length; i++) image[i] = (Math.min(Math.max(image[i]!, low), high) - mean) / deviation;
}

function rescale(image: Float32Array): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < image.length; i++) {
    low = Math.min(low, image[i]!);
    high = Math.max(high, image[i]!);
  }
  const range = atLeast(high - low);
  for (let i = 0; i < image.length; i++) image[i] = (image[i]! - low) / range;
}

/** NaN stays NaN, as in NumPy's clip. */
function atLeast(value: number): number {
  return Math.max(value, LEAST_DEVIATION);
}
