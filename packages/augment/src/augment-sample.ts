import { type BallStep, drawBalls } from './cascade.ts';
import type { AugmentationRecipe } from './recipe.ts';
import { batchRandom, type SampleKey, sampleRandom } from './sample-streams.ts';
import { drawSpatial, type SpatialDraw } from './spatial-draws.ts';
import type { Sample, Transform } from './transform-entry.ts';
import {
  type AugmentationStep,
  type ShippedTransforms,
  shippedTransforms,
  type Transforms,
} from './transform-registry.ts';

type DrawnBy<T> = T extends Transform<never, infer Drawn> ? Drawn : never;

/** Everything random about one sample's transforms. */
export interface SampleDraws {
  spatial: SpatialDraw;
  /** What was drawn by the transforms that change the sample, by name. */
  steps: { [Step in AugmentationStep]?: DrawnBy<ShippedTransforms[Step]> };
  balls: BallStep[];
}

/** No transform at all. */
export const noDraws: SampleDraws = { spatial: { angles: null, scale: null, elastic: null }, steps: {}, balls: [] };

/**
 * Draws the parameters of one training sample. Every purpose has its own stream: switching a part of the recipe off leaves
 * the draws of all others as they were.
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
    const stream = inWords(name);
    const drawn = transforms.get(name).draw(own as never, {
      ...patch,
      random: (purpose) => sampleRandom(key, purpose === undefined ? stream : `${stream} ${purpose}`),
      batchRandom: () => batchRandom(key, stream),
    });
    if (drawn !== null) steps[name] = drawn;
  }
  const random = (purpose: string) => sampleRandom(key, purpose);
  return {
    spatial: spatial ? drawSpatial(spatial, recipe, random) : noDraws.spatial,
    steps: steps as SampleDraws['steps'],
    balls: cascade?.balls ? drawBalls(cascade.balls, cascade.classes, random('balls')) : [],
  };
}

/** The steps that another of their group is chosen over, the same for the whole batch. */
function notChosen({ oneOf = [] }: AugmentationRecipe, key: SampleKey): AugmentationStep[] {
  return oneOf.flatMap((group) => {
    const kept = group[batchRandom(key, `one of ${group.join()}`).integer(group.length)];
    return group.filter((step) => step !== kept);
  });
}

/** 'gammaInverted' as 'gamma inverted', the name of its stream. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/**
 * Everything that follows the spatial transform, up to the mask, in the order of the recipe, in place.
 *
 * @throws NnUNetError 'unknown-transform' where the order names one that is not there
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

/** Sets one channel to 0 where the label is below 0, outside the nonzero mask (v1: MaskTransform). */
export function maskChannel(channel: Float32Array, seg: ArrayLike<number>): void {
  for (let i = 0; i < channel.length; i++) if (seg[i]! < 0) channel[i] = 0;
}

/** (z, y, x), with one slice along axis 0 for (y, x). */
export function threeAxes(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [1, ...shape] : shape;
}
