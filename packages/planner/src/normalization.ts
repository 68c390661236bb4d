import type { NormalizationScheme } from '@nnunet/schema';
import { median } from '@nnunet/tensor/internal';

/**
 * If the median fraction of voxels left after cropping is below this, intensities are normalised only inside the
 * nonzero mask.
 */
export const NONZERO_MASK_BELOW = 0.75;

/**
 * Returns the scheme per channel, from the modality's name: CT for exactly `CT` or `ct`, noNorm for exactly `noNorm`,
 * otherwise `nonCT` (z-score).
 */
export function chooseNormalization(modalities: Readonly<Record<string, string>>): Record<string, NormalizationScheme> {
  return mapValues(modalities, (name) =>
    name === 'CT' || name === 'ct' ? 'CT' : name === 'noNorm' ? 'noNorm' : 'nonCT',
  );
}

/**
 * Returns, per channel, whether to normalise only inside the nonzero mask: never if the name contains `CT` in capitals
 * (so not for `CTA`, but possibly for `ct`), otherwise if cropping removed more than a quarter of the median case.
 * `sizeReductions`: voxels after cropping divided by voxels before. From v1's `determine_whether_to_use_mask_for_norm`.
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
