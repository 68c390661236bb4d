import type { CounterRandom } from '@nnunet/tensor';
import type { QuarterTurns } from './axis-exchange.ts';
import { BALL_OPERATIONS, type BallStep } from './cascade.ts';
import { drawQuarterTurns, drawTransposition } from './exchange-draws.ts';
import { drawLocal, drawRectangles, type LocalDraw } from './local-draws.ts';
import { mixed } from './mixed-interval.ts';
import type { AugmentationRecipe, AugmentationStep, CascadeRecipe, Range } from './recipe.ts';
import type { Rectangle } from './rectangles.ts';
import { batchRandom, type SampleKey, SampleStreams } from './sample-streams.ts';
import { drawSpatial, type SpatialDraw } from './spatial-draws.ts';

/** What was drawn for each step. Lists have an entry per modality, null where nothing happens. */
interface StepDraws extends Record<AugmentationStep, unknown> {
  quarterTurns: QuarterTurns | null;
  /** Axis that comes to the place of each axis of the patch. */
  transposition: number[] | null;
  /** Width in voxels. */
  median: (number | null)[];
  /** Standard deviation. */
  noise: number | null;
  /** Sigma in voxels. */
  blur: (number | null)[];
  brightness: (number | null)[];
  additiveBrightness: (number | null)[];
  contrast: (number | null)[];
  /** Zoom. */
  lowResolution: (number | null)[];
  gammaInverted: (number | null)[];
  gamma: (number | null)[];
  /** Axes of the patch. */
  mirror: number[];
  rectangles: (Rectangle[] | null)[];
  brightnessGradient: (LocalDraw | null)[];
  localGamma: (LocalDraw | null)[];
  sharpening: (number | null)[];
}

/** Everything random about one sample's transforms. */
export interface SampleDraws extends StepDraws {
  spatial: SpatialDraw;
  /** Whether contrast is clipped to the old range. */
  preserveRange: boolean;
  balls: BallStep[];
}

/** No transform at all. */
export function noDraws(channels: number): SampleDraws {
  const none = () => new Array<null>(channels).fill(null);
  return {
    spatial: { angles: null, scale: null, elastic: null },
    quarterTurns: null,
    transposition: null,
    median: none(),
    noise: null,
    blur: none(),
    brightness: none(),
    additiveBrightness: none(),
    contrast: none(),
    preserveRange: true,
    lowResolution: none(),
    gammaInverted: none(),
    gamma: none(),
    mirror: [],
    rectangles: none(),
    brightnessGradient: none(),
    localGamma: none(),
    sharpening: none(),
    balls: [],
  };
}

/**
 * Draws the parameters of one training sample (spec: augment §4). Every purpose has its own stream: switching a part of
 * the recipe off leaves the draws of all others as they were.
 */
export function drawSample(recipe: AugmentationRecipe, key: SampleKey, channels: number): SampleDraws {
  const { patchSize, spatial, cascade } = recipe;
  const streams = new SampleStreams(key, channels);
  const shape = patchSize.length === 2 ? [1, ...patchSize] : patchSize;
  const axisMirrored = streams.of('mirror');
  const draws: SampleDraws = {
    spatial: spatial ? drawSpatial(spatial, recipe, (purpose) => streams.of(purpose)) : noDraws(0).spatial,
    quarterTurns: streams.once('quarter turns', recipe.quarterTurns, drawQuarterTurns),
    transposition: streams.once('transposition', recipe.transposition, (random, part) =>
      drawTransposition(random, part, patchSize.length),
    ),
    median: streams.each('median', recipe.median, (random, { width }) => wholeNumber(random, width)),
    noise: streams.once('noise', recipe.noise, (random, { sd }) => random.uniformBetween(...sd)),
    blur: streams.each('blur', recipe.blur, (random, { sigma }) => random.uniformBetween(...sigma)),
    brightness: streams.each('brightness', recipe.brightness, (random, { factor }) => random.uniformBetween(...factor)),
    additiveBrightness: streams.each(
      'additive brightness',
      recipe.additiveBrightness,
      (random, { mean, sd }) => mean + sd * random.normal(),
    ),
    contrast: streams.each('contrast', recipe.contrast, (random, { factor }) => mixed(random, factor)),
    preserveRange: drawPreserveRange(recipe.contrast, key),
    lowResolution: streams.each('low resolution', recipe.lowResolution, (random, { zoom }) =>
      random.uniformBetween(...zoom),
    ),
    gammaInverted: streams.each('gamma inverted', recipe.gammaInverted, (random, { gamma }) => mixed(random, gamma)),
    gamma: streams.each('gamma', recipe.gamma, (random, { gamma }) => mixed(random, gamma)),
    mirror: recipe.mirrorAxes.filter(() => axisMirrored.uniform() < 0.5),
    rectangles: streams.each('rectangles', recipe.rectangles, (random, part) => drawRectangles(random, shape, part)),
    brightnessGradient: streams.each('brightness gradient', recipe.brightnessGradient, (random, part) =>
      drawLocal(random, shape, { ...part, values: part.strength }),
    ),
    localGamma: streams.each('local gamma', recipe.localGamma, (random, part) =>
      drawLocal(random, shape, { ...part, values: part.gamma }),
    ),
    sharpening: streams.each('sharpening', recipe.sharpening, (random, { strength }) =>
      random.uniformBetween(...strength),
    ),
    balls: streams.once('balls', cascade?.balls, (random, balls) => drawBalls(random, balls, cascade!.classes)) ?? [],
  };
  const nothing = noDraws(channels);
  for (const step of dropped(recipe, key)) Object.assign(draws, { [step]: nothing[step] });
  return draws;
}

function wholeNumber(random: CounterRandom, [low, high]: Range): number {
  return low + random.integer(high - low + 1);
}

function drawPreserveRange(contrast: AugmentationRecipe['contrast'], key: SampleKey): boolean {
  const { preserveRange = true } = contrast ?? {};
  return preserveRange === 'either' ? batchRandom(key, 'contrast').chance(0.5) : preserveRange;
}

/** The steps that another of their group is chosen over, the same for the whole batch. */
function dropped({ oneOf = [] }: AugmentationRecipe, key: SampleKey): AugmentationStep[] {
  return oneOf.flatMap((group) => {
    const kept = group[batchRandom(key, `one of ${group.join()}`).integer(group.length)];
    return group.filter((step) => step !== kept);
  });
}

function drawBalls(
  random: CounterRandom,
  { labelProbability = 1, radius }: NonNullable<CascadeRecipe['balls']>,
  classes: readonly number[],
): BallStep[] {
  const order = Array.from(random.permutation(classes.length));
  const taken = labelProbability < 1 ? order.filter(() => random.uniform() < labelProbability) : order;
  return taken.map((channel) => ({
    channel,
    operation: BALL_OPERATIONS[random.integer(BALL_OPERATIONS.length)]!,
    radius: random.uniformBetween(...radius),
  }));
}
