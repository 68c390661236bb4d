import type { IntensityStatistics, NormalizationScheme } from '@nnunet/dataset';
import { NnUNetError } from '@nnunet/errors';

export interface NormalizeOptions {
  scheme: NormalizationScheme;
  /** Normalise, and keep, only voxels whose segmentation is not below 0. */
  useMask: boolean;
  /** Foreground statistics of the training set, for CT and CT2. */
  statistics: IntensityStatistics | null;
}

/**
 * Normalises one modality in place, after resampling (v1's preprocessing.py). CT: clipped to the 0.5 and 99.5
 * percentiles of the training set's foreground, then by its mean and standard deviation; CT2: clipped, then by those of
 * the voxels strictly between; noNorm: as it is; else: by the image's own mean and standard deviation.
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
        what: `the plans ask for the scheme ${scheme} but hold no intensity statistics`,
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

/** Mean and population standard deviation, summed in float64, of all voxels or of those with segmentation ≥ 0. */
function momentsOf(image: Float32Array, segmentation: Float32Array | null): { mean: number; deviation: number } {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < image.length; i++) {
    if (segmentation !== null && !(segmentation[i]! >= 0)) continue;
    count++;
    sum += image[i]!;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < image.length; i++) {
    if (segmentation !== null && !(segmentation[i]! >= 0)) continue;
    squares += (image[i]! - mean) ** 2;
  }
  return { mean, deviation: Math.sqrt(squares / count) };
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
