import { type AugmentationRecipe, type AugmentationStep, usualOrder } from '@nnunet/augment';
import { type LocalGaussian, type SampleContext, shippedTransforms } from '@nnunet/augment/transforms';
import type { Transform } from './v1-transforms.ts';

/** What follows the spatial transform, in v1's words. */
export function stepTransforms(recipe: AugmentationRecipe): Transform[] {
  const order = (recipe.order ?? usualOrder) as readonly AugmentationStep[];
  const oneOf = (recipe.oneOf ?? []) as readonly (readonly AugmentationStep[])[];
  return order.flatMap((step): Transform[] => {
    const group = oneOf.find((steps) => steps.includes(step));
    if (group === undefined) return stepTransform(recipe, step);
    if (group[0] !== step) return [];
    return [['OneOfTransform', { list: group.flatMap((member) => stepTransform(recipe, member)) }]];
  });
}

type Part = { probability: number; channelProbability?: number };
const perSample = ({ probability }: Part) => ({ p_per_sample: probability });
const perChannel = ({ probability, channelProbability = 1 }: Part) => ({
  p_per_sample: probability,
  p_per_channel: channelProbability,
});

/** One step of the recipe; none where it is off. */
function stepTransform(recipe: AugmentationRecipe, step: AugmentationStep): Transform[] {
  const { dummy2D } = recipe;
  if (!recipe[step]) return [];
  const part = recipe as { [key in keyof AugmentationRecipe]-?: NonNullable<AugmentationRecipe[key]> };
  switch (step) {
    case 'mirror':
      return [['MirrorTransform', { p_per_sample: 1, axes: part[step].axes }]];
    case 'quarterTurns':
      return [['Rot90Transform', { ...perSample(part[step]), axes: part[step].axes, num_rot: [0, 1, 2, 3] }]];
    case 'transposition':
      return [['TransposeAxesTransform', { ...perSample(part[step]), transpose_any_of_these: part[step].axes }]];
    case 'median': {
      const [least, greatest] = part[step].width;
      // v1's range does not include its end
      const width = { filter_size: [least, greatest + 1], same_for_each_channel: false };
      return [['MedianFilterTransform', { ...perChannel(part[step]), ...width }]];
    }
    case 'noise':
      return [
        ['GaussianNoiseTransform', { ...perChannel(part[step]), per_channel: false, noise_variance: part[step].sd }],
      ];
    case 'blur': {
      const isotropic = { different_sigma_per_channel: true, different_sigma_per_axis: false, p_isotropic: 0 };
      return [['GaussianBlurTransform', { ...perChannel(part[step]), ...isotropic, blur_sigma: part[step].sigma }]];
    }
    case 'shortBlur':
      throw new Error('v1 has no such blur');
    case 'brightness': {
      const factor = { per_channel: true, multiplier_range: part[step].factor };
      return [['BrightnessMultiplicativeTransform', { ...perSample(part[step]), ...factor }]];
    }
    case 'additiveBrightness': {
      const { mean, sd } = part[step];
      return [['BrightnessTransform', { ...perChannel(part[step]), per_channel: true, mu: mean, sigma: sd }]];
    }
    case 'contrast': {
      const { factor, preserveRange = true } = part[step];
      const contrast = (preserve: boolean): Transform => [
        'ContrastAugmentationTransform',
        { ...perChannel(part[step]), per_channel: true, contrast_range: factor, preserve_range: preserve },
      ];
      return preserveRange === 'either'
        ? [['OneOfTransform', { list: [contrast(true), contrast(false)] }]]
        : [contrast(preserveRange)];
    }
    case 'lowResolution': {
      const how = { per_channel: true, order_downsample: 0, order_upsample: 3, channels: null };
      const zoom = { zoom_range: part[step].zoom, ignore_axes: dummy2D ? [0] : null };
      return [['SimulateLowResolutionTransform', { ...perChannel(part[step]), ...how, ...zoom }]];
    }
    case 'gammaInverted':
    case 'gamma': {
      const { gamma, retainStats } = part[step];
      const inverted = step === 'gammaInverted' || (part.gamma.inverted ?? false);
      const curve = { gamma_range: gamma, retain_stats: retainStats, invert_image: inverted, per_channel: true };
      return [['GammaTransform', { ...perSample(part[step]), ...curve }]];
    }
    case 'rectangles': {
      const boxes = { num_rectangles: part[step].count, rectangle_size: part[step].size, force_square: false };
      const colour = { class: 'ColorFunctionExtractor', rectangle_value: 'function mean' };
      return [['BlankRectangleTransform', { ...perChannel(part[step]), ...boxes, color_fn: colour }]];
    }
    case 'brightnessGradient': {
      const certain = { ...part[step], ...always };
      const { scale, value } = drawnAt('brightnessGradient', certain);
      const place = { loc: part[step].location, scale, max_strength: value };
      const how = { same_for_all_channels: false, mean_centered: false, clip_intensities: false };
      return [['BrightnessGradientAdditiveTransform', { ...perChannel(part[step]), ...place, ...how }]];
    }
    case 'localGamma': {
      const certain = { ...part[step], ...always };
      const { scale, value } = drawnAt('localGamma', certain);
      const place = { loc: part[step].location, scale, gamma: value };
      return [['LocalGammaTransform', { ...perChannel(part[step]), ...place, same_for_all_channels: false }]];
    }
    case 'sharpening': {
      const how = { strength: part[step].strength, same_for_each_channel: false };
      return [['SharpeningTransform', { ...perChannel(part[step]), ...how }]];
    }
  }
}

/** Above every uniform number, which are below 1. */
const always = { probability: 1, channelProbability: 1 };

/** Draws as v1's are in the table: every uniform number lies at this share of its interval, on axis 1 of a patch 40x56x40. */
function drawnAt(step: 'brightnessGradient' | 'localGamma', settings: object) {
  const draws = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const below1 = Math.min(share, 1 - Number.EPSILON);
    const random = { uniform: () => below1, uniformBetween: (low: number, high: number) => low + share * (high - low) };
    const sample = { shape: [40, 56, 40], channels: 1, random: () => random };
    const drawn = shippedTransforms.get(step).draw(settings as never, sample as unknown as SampleContext);
    return (drawn as { gaussian: LocalGaussian; value: number }[])[0]!;
  });
  return { scale: draws.map(({ gaussian }) => gaussian.sigma[1]!), value: draws.map(({ value }) => value) };
}
