import { expect, it } from 'vitest';
import { chooseNormalizationV2 } from './normalization-v2.ts';

it('normalises by the name in any case, and within the mask only z-scores of images that are mostly empty', () => {
  const channels = ['cT', 'CTA', 'NoNorm', 'rescale_to_0_1', 'RGB_to_0_1'];
  const of = (share: number) => chooseNormalizationV2(channels, { median_relative_size_after_cropping: share });
  expect(of(0.75).use_mask_for_norm).toEqual([false, false, false, false, false]);
  expect(of(0.7499)).toEqual({
    normalization_schemes: [
      'CTNormalization',
      'ZScoreNormalization',
      'NoNormalization',
      'RescaleTo01Normalization',
      'RGBTo01Normalization',
    ],
    use_mask_for_norm: [false, true, false, false, false],
  });
});
