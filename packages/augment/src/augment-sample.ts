import type { CounterRandom } from '@nnunet/tensor';
import { type BallStep, drawBalls } from './cascade.ts';
import { applyTransform, drawTransform } from './own-transforms.ts';
import type { AugmentationRecipe } from './recipe.ts';
import {
  batchRandom,
  inWords,
  type SampleKey,
  type SampleStream,
  sampleRandom,
  transformRandom,
} from './sample-streams.ts';
import { drawSpatial, type SpatialDraw } from './spatial-draws.ts';
import type { Sample, SampleContext, Transform } from './transform-entry.ts';
import {
  type AugmentationStep,
  type ShippedTransforms,
  shippedTransforms,
  type TransformName,
  type Transforms,
} from './transform-registry.ts';

type DrawnBy<T> = T extends Transform<never, infer Drawn> ? Drawn : never;

/** All random parameters of one sample's transforms. */
export interface SampleDraws {
  spatial: SpatialDraw;
  /** Parameters drawn for each transform that changes the sample, by name. */
  steps: { [Step in AugmentationStep]?: DrawnBy<ShippedTransforms[Step]> };
  balls: BallStep[];
}

/** No transforms. */
export const noDraws: SampleDraws = { spatial: { angles: null, scale: null, elastic: null }, steps: {}, balls: [] };

/**
 * Draws the parameters of one training sample. Each purpose has its own random stream, so switching off one part of the
 * recipe does not affect the draws of the others.
 */
export function drawSample(
  recipe: AugmentationRecipe,
  key: SampleKey,
  channels: number,
  transforms: Transforms = shippedTransforms,
): SampleDraws {
  const { patchSize, dummy2D, spatial, cascade } = recipe;
  const shape = threeAxes(patchSize);
  const axes = [0, 1, 2].slice(-patchSize.length);
  const { spacing = [1, 1, 1] } = recipe;
  const patch = { shape, spacing, axes, inPlane: dummy2D || patchSize.length === 2, channels };
  const settings = new Map<string, unknown>(Object.entries(recipe));
  for (const step of notChosen(recipe, key)) settings.delete(step);
  const steps: Record<string, unknown> = {};
  for (const name of transforms.names()) {
    const own = settings.get(name);
    if (!own) continue;
    const context: SampleContext = {
      ...patch,
      random: (purpose) => transformRandom(key, name, purpose),
      batchRandom: () => batchRandom(key, inWords(name)),
      choiceRandom: () => choiceRandom(recipe, key, inWords(name)),
    };
    const drawn = drawTransform(transforms.get(name), own, context);
    if (drawn !== null) steps[name] = drawn;
  }
  const random = (purpose: SampleStream) => sampleRandom(key, purpose);
  return {
    spatial: spatial ? drawSpatial(spatial, recipe, random) : noDraws.spatial,
    steps: steps as SampleDraws['steps'],
    balls: cascade?.balls ? drawBalls(cascade.balls, cascade.classes, random('balls')) : [],
  };
}

/** The stream of a choice, shared by all samples of a batch if the recipe says nothing else. */
function choiceRandom({ choices }: AugmentationRecipe, key: SampleKey, purpose: string): CounterRandom {
  return choices === 'sample' ? transformRandom(key, purpose, 'choice') : batchRandom(key, purpose);
}

/** Steps not selected within their `oneOf` group. */
function notChosen(recipe: AugmentationRecipe, key: SampleKey): TransformName[] {
  return (recipe.oneOf ?? []).flatMap((group) => {
    const kept = group[choiceRandom(recipe, key, `one of ${group.join()}`).integer(group.length)];
    return group.filter((step) => step !== kept);
  });
}

/**
 * Applies all steps after the spatial transform, up to and including the mask, in the order of the recipe, in place.
 *
 * @throws NnUNetError 'unknown-transform' if the order names an unknown transform, 'bad-transform' for one of the
 *   user's own that spoils the sample
 */
export function augmentSample(
  sample: Sample,
  { steps }: SampleDraws,
  { order, maskedChannels, labels }: AugmentationRecipe,
  transforms: Transforms = shippedTransforms,
): void {
  const drawn = new Map<string, unknown>(Object.entries(steps));
  for (const name of order ?? transforms.names()) {
    const transform = transforms.get(name);
    if (drawn.has(name)) applyTransform(transform, sample, drawn.get(name), labels);
  }
  const size = sample.seg.length;
  for (const c of maskedChannels) maskChannel(sample.data.subarray(c * size, (c + 1) * size), sample.seg);
}

/**
 * Applies each of the user's own transforms of a recipe once to a copy of a sample, however improbable it is, so that a
 * mistake shows before the first step of a training.
 *
 * @throws NnUNetError 'bad-transform'
 */
export function tryOwnTransforms(
  { data, seg, previous, ...rest }: Sample,
  recipe: AugmentationRecipe,
  key: SampleKey,
  transforms: Transforms,
): void {
  const shippedOff = Object.fromEntries(shippedTransforms.names().map((name) => [name, null]));
  const own = { ...recipe, ...shippedOff, spatial: null, cascade: null, oneOf: [] };
  const left = new Set(transforms.names().filter((name) => own[name as AugmentationStep]));
  const certain = Object.fromEntries([...left].map((name) => [name, madeCertain(own[name as AugmentationStep])]));
  Object.assign(own, certain);
  for (let sample = 0; left.size > 0 && sample < 300; sample++) {
    const { steps } = drawSample(own, { ...key, sample: recipe.batchSize + sample }, rest.channels, transforms);
    for (const [name, drawn] of Object.entries(steps)) {
      if (!left.delete(name)) continue;
      const copy = { ...rest, data: data.slice(), seg: seg.slice(), ...(previous && { previous: previous.slice() }) };
      applyTransform(transforms.get(name), copy, drawn, recipe.labels);
    }
  }
}

/** Settings of a transform with probabilities of 1, except where one of 0 says never. */
function madeCertain(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null) return settings;
  const certain: Record<string, unknown> = { ...settings };
  for (const key of ['probability', 'channelProbability']) {
    const value = certain[key];
    if (typeof value === 'number' && value > 0 && value < 1) certain[key] = 1;
  }
  return certain;
}

/** Sets one channel to 0 where the label is negative, i.e. outside the nonzero mask (v1: MaskTransform). */
export function maskChannel(channel: Float32Array, seg: ArrayLike<number>): void {
  for (let i = 0; i < channel.length; i++) if (seg[i]! < 0) channel[i] = 0;
}

/** Converts a shape to (z, y, x); (y, x) becomes one slice along axis 0. */
export function threeAxes(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [1, ...shape] : shape;
}
