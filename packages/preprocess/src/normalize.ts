import { NnUNetError } from '@nnunet/errors';
import type { IntensityStatistics, NormalizationScheme } from '@nnunet/schema';

export interface NormalizeOptions {
  scheme: NormalizationScheme;
  /** Normalise only voxels whose segmentation is ≥ 0 and set the others to 0. */
  useMask: boolean;
  /** Foreground intensity statistics of the training set, for CT and CT2. */
  statistics: IntensityStatistics | null;
}

/**
 * Normalises one modality in place, after resampling (v1's preprocessing.py). CT: clips to the 0.5 and 99.5 percentiles
 * of the training set's foreground, then standardises by its mean and standard deviation. CT2: clips likewise, then
 * standardises by the moments of the voxels strictly between the bounds. noNorm: leaves the image unchanged. Otherwise:
 * standardises by the image's own mean and standard deviation.
 *
 * @param segmentation resampled labels, −1 outside the nonzero mask
 * @throws NnUNetError 'bad-plans' for CT without statistics
 */
export function normalizeModality(
  image: Float32Array,
  segmentation: Float32Array,
  { scheme, useMask, statistics }: NormalizeOptions,
): void {
  if (scheme === 'noNorm') return;
  if (scheme === 'CT' || scheme === 'CT2') {
    if (statistics === null) {
      throw new NnUNetError('bad-plans', {
        what: `the plans use the scheme ${scheme} but contain no intensity statistics`,
        remedy: 'Plan the task again, with the modality called CT in dataset.json.',
      });
    }
    normalizeCt(image, statistics, scheme === 'CT2');
    if (useMask) zeroOutside(image, segmentation);
    return;
  }
  const { mean, deviation } = momentsOf(image, useMask ? segmentation : null);
  standardize(image, mean, deviation + 1e-8);
  if (useMask) zeroOutside(image, segmentation);
}

function normalizeCt(image: Float32Array, statistics: IntensityStatistics, ofThisImage: boolean): void {
  const low = statistics.percentile_00_5;
  const high = statistics.percentile_99_5;
  let { mean, sd } = statistics;
  if (ofThisImage) ({ mean, deviation: sd } = momentsBetween(image, low, high));
  for (let i = 0; i < image.length; i++) image[i] = Math.min(Math.max(image[i]!, low), high);
  standardize(image, mean, sd);
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
