import { NnUNetError } from '@nnunet/errors';
import type { ChannelContext, ForegroundStatistics, Normalization } from './normalization-entry.ts';

/** The schemes of v1's preprocessing.py. Outside the mask, voxels become 0 if the plans ask for it. */
export const schemesV1 = {
  /**
   * Clips to the 0.5 and 99.5 percentiles of the training set's foreground, then standardises by its mean and standard
   * deviation.
   */
  CT: { name: 'CT', normalize: (image, context) => normalizeCt(image, context, 'CT') },
  /** Clips likewise, then standardises by the moments of the voxels strictly between the bounds. */
  CT2: { name: 'CT2', normalize: (image, context) => normalizeCt(image, context, 'CT2') },
  noNorm: { name: 'noNorm', normalize: () => undefined },
  /** Standardises by the image's own mean and standard deviation. */
  nonCT: {
    name: 'nonCT',
    normalize(image, { mask, useMask }) {
      const { mean, deviation } = momentsOf(image, useMask ? mask : null);
      standardize(image, mean, deviation + 1e-8);
      if (useMask) zeroOutside(image, mask);
    },
  },
} as const satisfies Record<string, Normalization>;

/** @throws NnUNetError 'bad-plans' without statistics */
function normalizeCt(image: Float32Array, { mask, useMask, statistics }: ChannelContext, scheme: 'CT' | 'CT2'): void {
  const { percentile_00_5: low, percentile_99_5: high, ...whole } = required(statistics, scheme);
  let { mean, sd } = whole;
  if (scheme === 'CT2') ({ mean, deviation: sd } = momentsBetween(image, low, high));
  for (let i = 0; i < image.length; i++) image[i] = Math.min(Math.max(image[i]!, low), high);
  standardize(image, mean, sd);
  if (useMask) zeroOutside(image, mask);
}

function required(statistics: ForegroundStatistics | null, scheme: string): ForegroundStatistics {
  if (statistics !== null) return statistics;
  throw new NnUNetError('bad-plans', {
    what: `the plans use the scheme ${scheme} but contain no intensity statistics`,
    remedy: 'Plan the task again, with the modality called CT in dataset.json.',
  });
}

function standardize(image: Float32Array, mean: number, divisor: number): void {
  for (let i = 0; i < image.length; i++) image[i] = (image[i]! - mean) / divisor;
}

function zeroOutside(image: Float32Array, segmentation: Float32Array): void {
  for (let i = 0; i < image.length; i++) if (!(segmentation[i]! >= 0)) image[i] = 0;
}

/**
 * Returns the mean and population standard deviation, summed in float64, of all voxels or of those with segmentation ≥
 * 0.
 */
function momentsOf(image: Float32Array, segmentation: Float32Array | null): { mean: number; deviation: number } {
  if (segmentation === null) {
    const mean = sumOfPowers(image, 0, 1) / image.length;
    return { mean, deviation: Math.sqrt(sumOfPowers(image, mean, 2) / image.length) };
  }
  let count = 0;
  let sum = 0;
  for (let i = 0; i < image.length; i++) {
    if (!(segmentation[i]! >= 0)) continue;
    count++;
    sum += image[i]!;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < image.length; i++) {
    if (!(segmentation[i]! >= 0)) continue;
    const d = image[i]! - mean;
    squares += d * d;
  }
  return { mean, deviation: Math.sqrt(squares / count) };
}

/** Returns the sum of (voxel − centre)^power, accumulated in four partial sums because dependent additions are slow. */
function sumOfPowers(image: Float32Array, centre: number, power: 1 | 2): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = image.length - (image.length % 4);
  for (let i = 0; i < whole; i += 4) {
    const va = image[i]! - centre;
    const vb = image[i + 1]! - centre;
    const vc = image[i + 2]! - centre;
    const vd = image[i + 3]! - centre;
    a += power === 1 ? va : va * va;
    b += power === 1 ? vb : vb * vb;
    c += power === 1 ? vc : vc * vc;
    d += power === 1 ? vd : vd * vd;
  }
  for (let i = whole; i < image.length; i++) a += (image[i]! - centre) ** power;
  return a + b + (c + d);
}

/** Moments of the voxels strictly between two values. */
function momentsBetween(image: Float32Array, low: number, high: number): { mean: number; deviation: number } {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < image.length; i++) {
    const v = image[i]!;
    if (!(v > low && v < high)) continue;
    count++;
    sum += v;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < image.length; i++) {
    const v = image[i]!;
    if (v > low && v < high) squares += (v - mean) ** 2;
  }
  return { mean, deviation: Math.sqrt(squares / count) };
}
