import { type BallStep, drawBalls } from './cascade.ts';
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
import type { Sample, Transform } from './transform-entry.ts';
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
  const patch = { shape, axes, inPlane: dummy2D || patchSize.length === 2, channels };
  const settings = new Map<string, unknown>(Object.entries(recipe));
  for (const step of notChosen(recipe, key)) settings.delete(step);
  const steps: Record<string, unknown> = {};
  for (const name of transforms.names()) {
    const own = settings.get(name);
    if (!own) continue;
    const drawn = transforms.get(name).draw(own as never, {
      ...patch,
      random: (purpose) => transformRandom(key, name, purpose),
      batchRandom: () => batchRandom(key, inWords(name)),
    });
    if (drawn !== null) steps[name] = drawn;
  }
  const random = (purpose: SampleStream) => sampleRandom(key, purpose);
  return {
    spatial: spatial ? drawSpatial(spatial, recipe, random) : noDraws.spatial,
    steps: steps as SampleDraws['steps'],
    balls: cascade?.balls ? drawBalls(cascade.balls, cascade.classes, random('balls')) : [],
  };
}

/** Steps not selected within their `oneOf` group; the same for the whole batch. */
function notChosen({ oneOf = [] }: AugmentationRecipe, key: SampleKey): TransformName[] {
  return oneOf.flatMap((group) => {
    const kept = group[batchRandom(key, `one of ${group.join()}`).integer(group.length)];
    return group.filter((step) => step !== kept);
  });
}

/**
 * Applies all steps after the spatial transform, up to and including the mask, in the order of the recipe, in place.
 *
 * @throws NnUNetError 'unknown-transform' if the order names an unknown transform
 */
export function augmentSample(
  sample: Sample,
  { steps }: SampleDraws,
  { order, maskedChannels }: AugmentationRecipe,
  transforms: Transforms = shippedTransforms,
): void {
  const drawn = new Map<string, unknown>(Object.entries(steps));
  for (const name of order ?? transforms.names()) {
    const transform = transforms.get(name);
    if (drawn.has(name)) transform.apply(sample, drawn.get(name));
  }
  const size = sample.seg.length;
  for (const c of maskedChannels) maskChannel(sample.data.subarray(c * size, (c + 1) * size), sample.seg);
}

/** Sets one channel to 0 where the label is negative, i.e. outside the nonzero mask (v1: MaskTransform). */
export function maskChannel(channel: Float32Array, seg: ArrayLike<number>): void {
  for (let i = 0; i < channel.length; i++) if (seg[i]! < 0) channel[i] = 0;
}

/** Converts a shape to (z, y, x); (y, x) becomes one slice along axis 0. */
export function threeAxes(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [1, ...shape] : shape;
}
