import { type NameAmong, NnUNetError, Registry } from '@nnunet/errors';
import { objectWith } from '@nnunet/errors/internal';
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
import { inWords, SAMPLE_STREAMS } from './sample-streams.ts';
import { sharpening } from './sharpening.ts';
import type { AnyTransform } from './transform-entry.ts';
import { shortBlur } from './v2/short-blur.ts';

const shipped = {
  quarterTurns,
  transposition,
  median,
  noise,
  blur,
  shortBlur,
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
/** A shipped transform, or one of your own. */
export type TransformName = NameAmong<AugmentationStep>;

/**
 * The transforms that can follow the spatial transform, in the order of v1's get_moreDA_augmentation; those that
 * nnUNetTrainerV2 does not use are placed as in v1's other trainers. `with(transform)` appends your own.
 */
export const shippedTransforms = new Registry<AnyTransform, AugmentationStep>(
  {
    noun: 'transform',
    unknown: 'unknown-transform',
    ...objectWith('draw', 'apply'),
    namesOf: ({ name }) => [withStream(name)],
  },
  shipped,
);

/** A registry of transforms: the shipped ones and your own. */
export type Transforms = typeof shippedTransforms;

/** Default order in which the steps are applied. */
export const usualOrder = Object.keys(shipped) as readonly AugmentationStep[];

/** @throws NnUNetError 'name-taken' for a name whose random stream something else has, wholly or with a purpose */
function withStream(name: string): string {
  if (Object.hasOwn(shipped, name)) return name;
  const own = `${inWords(name)} `;
  const taken = [...SAMPLE_STREAMS, ...usualOrder.map(inWords)].find((stream) => `${stream} `.startsWith(own));
  if (taken === undefined) return name;
  throw new NnUNetError('name-taken', {
    what: `a transform called ${name} would draw the random numbers of "${taken}"`,
    remedy: 'Give yours another name.',
  });
}
