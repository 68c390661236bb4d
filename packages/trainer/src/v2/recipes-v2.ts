import { type AugmentationRecipe, type AugmentationStep, withRotation } from '@nnunet/augment';
import { recipeDA5, withSpatial } from '../variants/recipes.ts';

/* Augmentation of v2's other trainers, as changes of nnUNetTrainer's. */

/** Its order of DA5: no brightness that multiplies, and noise after the blur. */
const orderDA5: readonly AugmentationStep[] = [
  ...(['quarterTurns', 'transposition', 'median', 'shortBlur', 'noise', 'additiveBrightness', 'contrast'] as const),
  ...(['lowResolution', 'gammaInverted', 'gamma', 'mirror'] as const),
  ...(['rectangles', 'brightnessGradient', 'localGamma', 'sharpening'] as const),
];

/** v2's nnUNetTrainerDA5: v1's DA5, with v2's transforms. Axes shorter than 6 voxels, which it cannot train, have boxes of one. */
export function recipeDA5V2(usual: AugmentationRecipe): AugmentationRecipe {
  const { patchSize } = usual;
  const elongated = patchSize.length === 2 && Math.max(...patchSize) / Math.min(...patchSize) > 1.5;
  const recipe = recipeDA5(usual);
  return {
    ...(elongated ? withRotation(recipe, 15, 0, 0.7) : recipe),
    order: orderDA5,
    oneOf: [['median', 'shortBlur']],
    choices: 'sample',
    blur: null,
    shortBlur: { probability: 0.2, channelProbability: 0.5, sigma: [0.3, 1.5], axesAlike: true },
    lowResolution: { probability: 0.15, channelProbability: 0.5, zoom: [0.25, 1], order: 1 },
    rectangles: {
      probability: 0.4,
      channelProbability: 0.5,
      count: [1, 4],
      size: patchSize.map((n) => [Math.max(1, Math.floor(n / 10)), Math.floor(n / 3) - 1] as const),
      start: 'anywhere',
    },
    ...localOfV2(recipe),
    sharpening: { probability: 0.2, channelProbability: 0.5, strength: [0.1, 1], range: 'free' },
    cascade: withEveryLabel(usual).cascade,
  };
}

/** Gaussians that are stretched however faint they are in the patch. */
function localOfV2({ brightnessGradient, localGamma }: AugmentationRecipe): Partial<AugmentationRecipe> {
  return {
    ...(brightnessGradient && { brightnessGradient: { ...brightnessGradient, leastSpan: 0 } }),
    ...(localGamma && { localGamma: { ...localGamma, leastSpan: 0 } }),
  };
}

/** Labels of the nearest voxel. v2's nnUNetTrainer_DASegOrd0. */
export function nearestLabels(usual: AugmentationRecipe): AugmentationRecipe {
  return withSpatial(withEveryLabel(usual), { interpolation: 'nearestLabels' });
}

/** The first stage's labels all grow and shrink, where the default trainer changes each with a probability of a half. */
function withEveryLabel(usual: AugmentationRecipe): AugmentationRecipe {
  const { cascade } = usual;
  if (!cascade) return usual;
  const always = <T extends object>(step: T | null | undefined) => (step ? { ...step, labelProbability: 1 } : null);
  return { ...usual, cascade: { ...cascade, balls: always(cascade.balls), removal: always(cascade.removal) } };
}
