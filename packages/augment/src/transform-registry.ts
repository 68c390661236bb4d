import { Registry } from '@nnunet/errors';
import { quarterTurns, transposition } from './axis-exchange.ts';
import { blur } from './blur.ts';
import { additiveBrightness, brightness } from './brightness.ts';
import { contrast } from './contrast.ts';
import { gamma, gammaInverted } from './gamma.ts';
import { brightnessGradient, localGamma } from './local-gaussian.ts';
import { lowResolution } from './low-resolution.ts';
import { medianFilter as median } from './median.ts';
import { mirror } from './mirror.ts';
import { noise } from './noise.ts';
import { rectangles } from './rectangles.ts';
import { sharpening } from './sharpening.ts';
import type { AnyTransform } from './transform-entry.ts';

const shipped = {
  quarterTurns,
  transposition,
  median,
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
};

export type ShippedTransforms = typeof shipped;
export type AugmentationStep = keyof ShippedTransforms;

/**
 * What may be done to a sample after the spatial transform, in the order of v1's get_moreDA_augmentation; what
 * nnUNetTrainerV2 does not do stands where v1's other trainers have it. With `with(transform)` yours comes after them.
 */
export const shippedTransforms = new Registry<AnyTransform, AugmentationStep>(
  { noun: 'transform', unknown: 'unknown-transform', accepts: isTransform },
  shipped,
);

/** What transforms are found in: the shipped ones, and yours. */
export type Transforms = typeof shippedTransforms;

/** The steps in the order in which they are applied where a recipe gives none. */
export const usualOrder = Object.keys(shipped) as readonly AugmentationStep[];

function isTransform(value: unknown): boolean {
  const { name, draw, apply } = (value ?? {}) as Partial<AnyTransform>;
  return typeof name === 'string' && typeof draw === 'function' && typeof apply === 'function';
}
