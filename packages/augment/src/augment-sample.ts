import { exchangeAxes, turnByQuarters } from './axis-exchange.ts';
import { blurGaussian } from './blur.ts';
import { addBrightness, multiplyBrightness } from './brightness.ts';
import { changeContrast } from './contrast.ts';
import { applyGamma } from './gamma.ts';
import type { Sample } from './loader-patch.ts';
import { addBrightnessGradient, applyLocalGamma } from './local-gaussian.ts';
import { simulateLowResolution } from './low-resolution.ts';
import { maskChannel } from './mask.ts';
import { filterMedian } from './median.ts';
import { mirrorAxes } from './mirror.ts';
import { addGaussianNoise, type NormalStream } from './noise.ts';
import { type AugmentationRecipe, type AugmentationStep, usualOrder } from './recipe.ts';
import { blankRectangles } from './rectangles.ts';
import type { SampleDraws } from './sample-draws.ts';
import { sharpen } from './sharpening.ts';

/**
 * Everything that follows the spatial transform, up to the mask, in the order of the recipe (spec: augment §4, steps 5 to
 * 13), in place. `sample.shape` has 3 entries, the first 1 for slices.
 */
export function augmentSample(
  sample: Sample,
  draws: SampleDraws,
  recipe: AugmentationRecipe,
  noise: NormalStream,
): void {
  const { shape, data, channels } = sample;
  const size = data.length / channels;
  const first = recipe.patchSize.length === 2 ? 1 : 0;
  const views = Array.from({ length: channels }, (_, c) => data.subarray(c * size, (c + 1) * size));
  const each = <T>(values: (T | null)[], apply: (channel: Float32Array, value: T) => void) => {
    views.forEach((channel, c) => {
      const value = values[c];
      if (value !== null && value !== undefined) apply(channel, value);
    });
  };
  const move = (apply: (values: Float32Array) => void) => {
    apply(data);
    apply(sample.seg);
    if (sample.previous) apply(sample.previous);
  };
  const curve = (values: (number | null)[], part: 'gamma' | 'gammaInverted') => {
    const retainStats = recipe[part]?.retainStats ?? true;
    const inverted = part === 'gammaInverted' || (recipe.gamma?.inverted ?? false);
    each(values, (channel, gamma) => applyGamma(channel, { gamma, inverted, retainStats }));
  };
  const keptAxes = recipe.dummy2D || first === 1 ? [0] : [];
  const steps: Record<AugmentationStep, () => void> = {
    quarterTurns: () => {
      const turns = draws.quarterTurns;
      if (!turns) return;
      const axes = [turns.axes[0] + first, turns.axes[1] + first] as const;
      move((values) => turnByQuarters(values, shape, { axes, count: turns.count }));
    },
    transposition: () => {
      if (!draws.transposition) return;
      const from = draws.transposition.map((axis) => axis + first);
      move((values) => exchangeAxes(values, shape, first === 1 ? [0, ...from] : from));
    },
    median: () => each(draws.median, (channel, width) => filterMedian(channel, shape, width)),
    noise: () => {
      if (draws.noise !== null) addGaussianNoise(data, draws.noise, noise);
    },
    blur: () => each(draws.blur, (channel, sigma) => blurGaussian(channel, shape, sigma)),
    brightness: () => each(draws.brightness, multiplyBrightness),
    additiveBrightness: () => each(draws.additiveBrightness, addBrightness),
    contrast: () => each(draws.contrast, (channel, factor) => changeContrast(channel, factor, draws.preserveRange)),
    lowResolution: () =>
      each(draws.lowResolution, (channel, zoom) => simulateLowResolution(channel, shape, zoom, keptAxes)),
    gammaInverted: () => curve(draws.gammaInverted, 'gammaInverted'),
    gamma: () => curve(draws.gamma, 'gamma'),
    mirror: () => {
      if (draws.mirror.length === 0) return;
      const axes = draws.mirror.map((axis) => axis + first);
      move((values) => mirrorAxes(values, shape, axes));
    },
    rectangles: () => each(draws.rectangles, (channel, boxes) => blankRectangles(channel, shape, boxes)),
    brightnessGradient: () =>
      each(draws.brightnessGradient, (channel, { gaussian, value }) =>
        addBrightnessGradient(channel, shape, gaussian, value),
      ),
    localGamma: () =>
      each(draws.localGamma, (channel, { gaussian, value }) => applyLocalGamma(channel, shape, gaussian, value)),
    sharpening: () => each(draws.sharpening, (channel, strength) => sharpen(channel, shape, strength)),
  };
  for (const step of recipe.order ?? usualOrder) steps[step]();
  for (const c of recipe.maskedChannels) maskChannel(views[c]!, sample.seg);
}
