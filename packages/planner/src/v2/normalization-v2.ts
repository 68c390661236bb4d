import type { FingerprintV2 } from '@nnunet/schema';
import { NONZERO_MASK_BELOW } from '../normalization.ts';

/** By the name of the channel in lower case. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['ct', 'CTNormalization'],
  ['nonorm', 'NoNormalization'],
  ['rescale_to_0_1', 'RescaleTo01Normalization'],
  ['rgb_to_0_1', 'RGBTo01Normalization'],
]);

/** Of any other name. Only this scheme may be restricted to the nonzero voxels. */
const Z_SCORE = 'ZScoreNormalization';

/**
 * Chooses how each channel is normalised.
 * Origin: v2's default_experiment_planner.py determine_normalization_scheme_and_whether_mask_is_used_for_norm.
 *
 * @param channelNames in the order of dataset.json
 */
export function chooseNormalizationV2(
  channelNames: readonly string[],
  { median_relative_size_after_cropping: share }: Pick<FingerprintV2, 'median_relative_size_after_cropping'>,
): { normalization_schemes: string[]; use_mask_for_norm: boolean[] } {
  const schemes = channelNames.map((name) => SCHEMES.get(name.toLowerCase()) ?? Z_SCORE);
  return {
    normalization_schemes: schemes,
    use_mask_for_norm: schemes.map((scheme) => scheme === Z_SCORE && share < NONZERO_MASK_BELOW),
  };
}
