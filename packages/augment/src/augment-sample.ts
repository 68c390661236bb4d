import { blurGaussian } from './blur.ts';
import { multiplyBrightness } from './brightness.ts';
import { changeContrast } from './contrast.ts';
import { applyGamma } from './gamma.ts';
import type { Sample } from './loader-patch.ts';
import { simulateLowResolution } from './low-resolution.ts';
import { maskChannel } from './mask.ts';
import { mirrorAxes } from './mirror.ts';
import { addGaussianNoise, type NormalStream } from './noise.ts';
import type { AugmentationRecipe } from './recipe.ts';
import type { SampleDraws } from './sample-draws.ts';

/**
 * Everything that follows the spatial transform, up to the mask, in v1's order (spec: augment §4, steps 5 to 13), in place.
 * `sample.shape` has 3 entries, the first 1 for slices.
 */
export function augmentSample(
  sample: Sample,
  draws: SampleDraws,
  recipe: AugmentationRecipe,
  noise: NormalStream,
): void {
  const { shape, data, channels } = sample;
  const size = data.length / channels;
  const flat = recipe.patchSize.length === 2;
  const views = Array.from({ length: channels }, (_, c) => data.subarray(c * size, (c + 1) * size));
  const each = (values: (number | null)[], apply: (channel: Float32Array, value: number) => void) => {
    views.forEach((channel, c) => {
      if (values[c] !== null) apply(channel, values[c]!);
    });
  };
  if (draws.noiseSd !== null) addGaussianNoise(data, draws.noiseSd, noise);
  each(draws.blurSigma, (channel, sigma) => blurGaussian(channel, shape, sigma));
  each(draws.brightness, multiplyBrightness);
  each(draws.contrast, changeContrast);
  each(draws.zoom, (channel, zoom) => simulateLowResolution(channel, shape, zoom, recipe.dummy2D || flat ? [0] : []));
  each(draws.gammaInverted, (channel, gamma) =>
    applyGamma(channel, { gamma, inverted: true, retainStats: recipe.gammaInverted?.retainStats ?? true }),
  );
  each(draws.gamma, (channel, gamma) =>
    applyGamma(channel, { gamma, inverted: false, retainStats: recipe.gamma?.retainStats ?? true }),
  );
  if (draws.mirrorAxes.length > 0) {
    const axes = flat ? draws.mirrorAxes.map((axis) => axis + 1) : draws.mirrorAxes;
    mirrorAxes(data, shape, axes);
    mirrorAxes(sample.seg, shape, axes);
    if (sample.previous) mirrorAxes(sample.previous, shape, axes);
  }
  for (const c of recipe.maskedChannels) maskChannel(views[c]!, sample.seg);
}
