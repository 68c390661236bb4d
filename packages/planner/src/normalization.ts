import type { NormalizationScheme } from '@nnunet/schema';
import { median } from './percentile.ts';

/** Below this median share of voxels left by cropping, intensities are normalised inside the nonzero mask only. */
export const NONZERO_MASK_BELOW = 0.75;

/** Scheme per channel: by the modality's name, exactly `CT` or `ct`, or exactly `noNorm`; else `nonCT` (z-score). */
export function chooseNormalization(modalities: Readonly<Record<string, string>>): Record<string, NormalizationScheme> {
  return mapValues(modalities, (name) =>
    name === 'CT' || name === 'ct' ? 'CT' : name === 'noNorm' ? 'noNorm' : 'nonCT',
  );
}

/**
 * Per channel: whether to normalise inside the nonzero mask. Never where the name contains `CT` in capitals (so not
 * for `CTA`, but for `ct`), else where cropping removed more than a quarter of the median case. From v1's
 * `determine_whether_to_use_mask_for_norm`. `sizeReductions`: voxels after cropping divided by voxels before.
 */
export function chooseMaskForNormalization(
  modalities: Readonly<Record<string, string>>,
  sizeReductions: readonly number[],
): Record<string, boolean> {
  const manyZeros = median(sizeReductions) < NONZERO_MASK_BELOW;
  return mapValues(modalities, (name) => !name.includes('CT') && manyZeros);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
