import { NnUNetError } from '@nnunet/errors';

/** Foreground intensity statistics of one channel over the training set. */
export interface IntensitiesV2 {
  mean: number;
  std: number;
  percentile_00_5: number;
  percentile_99_5: number;
}

export interface NormalizeOptionsV2 {
  /** Name of v2's normalisation class. */
  scheme: string;
  /** For the z-score: use and change only voxels whose mask is ≥ 0. */
  useMask: boolean;
  /** For CTNormalization. */
  intensities: IntensitiesV2 | null;
}

const LEAST_DEVIATION = 1e-8;

/**
 * Normalises one channel in place, before resampling, as v2 does (its default_normalization_schemes.py).
 *
 * @param mask −1 outside the nonzero region, same shape as `image`
 * @throws NnUNetError 'unsupported-normalization', 'bad-plans' for CT without statistics
 */
export function normalizeV2(image: Float32Array, mask: Float32Array, options: NormalizeOptionsV2): void {
  switch (options.scheme) {
    case 'ZScoreNormalization':
      zScore(image, options.useMask ? mask : null);
      return;
    case 'CTNormalization':
      ct(image, options.intensities);
      return;
    case 'RescaleTo01Normalization':
      rescale(image);
      return;
    case 'RGBTo01Normalization':
      for (let i = 0; i < image.length; i++) image[i] = image[i]! / 255;
      return;
    case 'NoNormalization':
      return;
  }
  checkNormalizationV2(options.scheme);
}

const KNOWN = [
  'ZScoreNormalization',
  'CTNormalization',
  'RescaleTo01Normalization',
  'RGBTo01Normalization',
  'NoNormalization',
];

/** @throws NnUNetError 'unsupported-normalization' */
export function checkNormalizationV2(scheme: string): void {
  if (KNOWN.includes(scheme)) return;
  throw new NnUNetError('unsupported-normalization', {
    what: `the plans use the unsupported normalisation ${scheme}`,
    where: 'plans.json',
    remedy: `Supported are ${KNOWN.join(', ')}.`,
  });
}

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

function ct(image: Float32Array, intensities: IntensitiesV2 | null): void {
  if (intensities === null) {
    throw new NnUNetError('bad-plans', {
      what: 'CTNormalization needs "foreground_intensity_properties_per_channel"',
      where: 'plans.json',
      remedy: 'Use the plans.json with which the model was trained.',
    });
  }
  const { mean, std, percentile_00_5: low, percentile_99_5: high } = intensities;
  const deviation = atLeast(std);
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
