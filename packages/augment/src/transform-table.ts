import { quarterTurns, transposition } from './axis-exchange.ts';
import { blur } from './blur.ts';
import { additiveBrightness, brightness } from './brightness.ts';
import { contrast } from './contrast.ts';
import { gamma, gammaInverted } from './gamma.ts';
import { brightnessGradient, localGamma } from './local-gaussian.ts';
import { lowResolution } from './low-resolution.ts';
import { medianFilter } from './median.ts';
import { mirror } from './mirror.ts';
import { noise } from './noise.ts';
import { rectangles } from './rectangles.ts';
import { sharpening } from './sharpening.ts';
import type { TransformTable } from './transform.ts';

/**
 * What may be done to a sample after the spatial transform, in the order of v1's get_moreDA_augmentation; what
 * nnUNetTrainerV2 does not do stands where v1's other trainers have it.
 */
export const shippedTransforms = {
  quarterTurns,
  transposition,
  median: medianFilter,
  noise,
  blur,
  brightness,
  additiveBrightness,
  contrast,
  lowResolution,
  gammaInverted,
  gamma,
  mirror,
  rectangles,
  brightnessGradient,
  localGamma,
  sharpening,
} satisfies TransformTable;

export type AugmentationStep = keyof typeof shippedTransforms;

/** The steps in the order in which they are applied where a recipe gives none. */
export const usualOrder = Object.keys(shippedTransforms) as readonly AugmentationStep[];
