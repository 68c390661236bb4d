import { type CounterRandom, counterRandom } from '@nnunet/tensor';
import type { QuarterTurns } from './axis-exchange.ts';
import { BALL_OPERATIONS, type BallStep } from './cascade.ts';
import { drawLocal, drawRectangles, type LocalDraw } from './local-draws.ts';
import { mixed } from './mixed-interval.ts';
import type { AugmentationRecipe, AugmentationStep, CascadeRecipe, Range } from './recipe.ts';
import type { Rectangle } from './rectangles.ts';
import { drawSpatial, type SpatialDraw } from './spatial-draws.ts';

/** Names one sample of one batch of a run. */
export interface SampleKey {
  seed: number;
  epoch: number;
  iteration: number;
  /** Index within the batch. */
  sample: number;
  validation: boolean;
}

/** The random stream of one purpose, e.g. 'rotation', for one sample. */
export function sampleRandom(
  { seed, epoch, iteration, sample, validation }: SampleKey,
  purpose: string,
): CounterRandom {
  return counterRandom(seed, epoch, iteration, sample, validation ? `validation ${purpose}` : purpose);
}

/** The random stream of a choice that all samples of a batch share. */
function batchRandom({ seed, epoch, iteration }: SampleKey, purpose: string): CounterRandom {
  return counterRandom(seed, epoch, iteration, purpose);
}

/** Everything random about one sample's transforms. Lists have an entry per modality, null where nothing happens. */
export interface SampleDraws {
  spatial: SpatialDraw;
  quarterTurns: QuarterTurns | null;
  /** Axis that comes to the place of each axis of the patch. */
  transposition: number[] | null;
  median: (number | null)[];
  noiseSd: number | null;
  blurSigma: (number | null)[];
  brightness: (number | null)[];
  additiveBrightness: (number | null)[];
  contrast: (number | null)[];
  /** Whether contrast is clipped to the old range. */
  preserveRange: boolean;
  zoom: (number | null)[];
  gammaInverted: (number | null)[];
  gamma: (number | null)[];
  mirrorAxes: number[];
  rectangles: (Rectangle[] | null)[];
  brightnessGradient: (LocalDraw | null)[];
  localGamma: (LocalDraw | null)[];
  sharpening: (number | null)[];
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
    noiseSd: null,
    blurSigma: none(),
    brightness: none(),
    additiveBrightness: none(),
    contrast: none(),
    preserveRange: true,
    zoom: none(),
    gammaInverted: none(),
    gamma: none(),
    mirrorAxes: [],
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
  const draws = noDraws(channels);
  const { noise, blur, brightness, contrast, lowResolution, gammaInverted, gamma, cascade } = recipe;
  if (recipe.spatial) draws.spatial = drawSpatial(recipe.spatial, recipe, (purpose) => sampleRandom(key, purpose));
  if (noise) {
    const random = sampleRandom(key, 'noise');
    if (random.uniform() < noise.probability) draws.noiseSd = random.uniformBetween(...noise.sd);
  }
  const perChannel = <T>(purpose: string, probability: number, draw: (random: CounterRandom) => T | null) => {
    const random = sampleRandom(key, purpose);
    const applied = random.uniform() < probability;
    return Array.from({ length: channels }, () => (applied ? draw(random) : null));
  };
  const chosen =
    <T>(p: number, draw: (random: CounterRandom) => T) =>
    (random: CounterRandom) =>
      random.uniform() < p ? draw(random) : null;
  const within = (range: Range) => (random: CounterRandom) => random.uniformBetween(...range);
  if (blur) draws.blurSigma = perChannel('blur', blur.probability, chosen(blur.channelProbability, within(blur.sigma)));
  if (brightness) draws.brightness = perChannel('brightness', brightness.probability, within(brightness.factor));
  if (contrast) {
    const factor = (random: CounterRandom) => mixed(random, contrast.factor);
    const p = contrast.channelProbability ?? 1;
    draws.contrast = perChannel('contrast', contrast.probability, p < 1 ? chosen(p, factor) : factor);
    const { preserveRange = true } = contrast;
    draws.preserveRange = preserveRange === 'either' ? batchRandom(key, 'contrast').chance(0.5) : preserveRange;
  }
  if (lowResolution) {
    const { probability, channelProbability, zoom } = lowResolution;
    draws.zoom = perChannel('low resolution', probability, chosen(channelProbability, within(zoom)));
  }
  if (gammaInverted) {
    draws.gammaInverted = perChannel('gamma inverted', gammaInverted.probability, (r) => mixed(r, gammaInverted.gamma));
  }
  if (gamma) draws.gamma = perChannel('gamma', gamma.probability, (r) => mixed(r, gamma.gamma));
  const random = sampleRandom(key, 'mirror');
  draws.mirrorAxes = recipe.mirrorAxes.filter(() => random.uniform() < 0.5);
  if (cascade?.balls) draws.balls = drawBalls(cascade.classes.length, cascade.balls, key);
  drawUnusual(draws, recipe, key, { perChannel, chosen, within });
  for (const group of recipe.oneOf ?? []) dropOthers(draws, group, channels, key);
  return draws;
}

interface Drawing {
  perChannel: <T>(purpose: string, probability: number, draw: (random: CounterRandom) => T | null) => (T | null)[];
  chosen: <T>(p: number, draw: (random: CounterRandom) => T) => (random: CounterRandom) => T | null;
  within: (range: Range) => (random: CounterRandom) => number;
}

/** The parts that nnUNetTrainerV2 leaves out. */
function drawUnusual(
  draws: SampleDraws,
  recipe: AugmentationRecipe,
  key: SampleKey,
  { perChannel, chosen, within }: Drawing,
): void {
  const { quarterTurns, transposition, median, additiveBrightness, rectangles, sharpening } = recipe;
  const shape = recipe.patchSize.length === 2 ? [1, ...recipe.patchSize] : recipe.patchSize;
  if (quarterTurns) {
    const random = sampleRandom(key, 'quarter turns');
    if (random.uniform() < quarterTurns.probability) {
      const count = random.integer(4);
      const [a, b] = random.permutation(quarterTurns.axes.length).slice(0, 2).sort() as unknown as [number, number];
      draws.quarterTurns = { axes: [quarterTurns.axes[a]!, quarterTurns.axes[b]!], count };
    }
  }
  if (transposition) {
    const random = sampleRandom(key, 'transposition');
    if (random.uniform() < transposition.probability) {
      const from = recipe.patchSize.map((_, d) => d);
      const order = random.permutation(transposition.axes.length);
      transposition.axes.forEach((axis, i) => {
        from[axis] = transposition.axes[order[i]!]!;
      });
      draws.transposition = from;
    }
  }
  if (median) {
    const width = (random: CounterRandom) => median.width[0] + random.integer(median.width[1] - median.width[0] + 1);
    draws.median = perChannel('median', median.probability, chosen(median.channelProbability, width));
  }
  if (additiveBrightness) {
    const { probability, channelProbability, mean, sd } = additiveBrightness;
    const addend = (random: CounterRandom) => mean + sd * random.normal();
    draws.additiveBrightness = perChannel('additive brightness', probability, chosen(channelProbability, addend));
  }
  if (rectangles) {
    const boxes = (random: CounterRandom) => drawRectangles(random, shape, rectangles);
    draws.rectangles = perChannel('rectangles', rectangles.probability, chosen(rectangles.channelProbability, boxes));
  }
  const { brightnessGradient, localGamma } = recipe;
  if (brightnessGradient) {
    const { probability, channelProbability, strength: values } = brightnessGradient;
    const local = (random: CounterRandom) => drawLocal(random, shape, { ...brightnessGradient, values });
    draws.brightnessGradient = perChannel('brightness gradient', probability, chosen(channelProbability, local));
  }
  if (localGamma) {
    const { probability, channelProbability, gamma: values } = localGamma;
    const local = (random: CounterRandom) => drawLocal(random, shape, { ...localGamma, values });
    draws.localGamma = perChannel('local gamma', probability, chosen(channelProbability, local));
  }
  if (sharpening) {
    const strength = within(sharpening.strength);
    draws.sharpening = perChannel(
      'sharpening',
      sharpening.probability,
      chosen(sharpening.channelProbability, strength),
    );
  }
}

/** What each step is drawn as. */
const DRAW_OF: Record<AugmentationStep, keyof SampleDraws> = {
  quarterTurns: 'quarterTurns',
  transposition: 'transposition',
  median: 'median',
  noise: 'noiseSd',
  blur: 'blurSigma',
  brightness: 'brightness',
  additiveBrightness: 'additiveBrightness',
  contrast: 'contrast',
  lowResolution: 'zoom',
  gammaInverted: 'gammaInverted',
  gamma: 'gamma',
  mirror: 'mirrorAxes',
  rectangles: 'rectangles',
  brightnessGradient: 'brightnessGradient',
  localGamma: 'localGamma',
  sharpening: 'sharpening',
};

/** Keeps one step of a group, the same for the whole batch. */
function dropOthers(draws: SampleDraws, group: readonly AugmentationStep[], channels: number, key: SampleKey): void {
  const kept = group[batchRandom(key, `one of ${group.join()}`).integer(group.length)];
  const nothing = noDraws(channels);
  for (const step of group) {
    if (step !== kept) Object.assign(draws, { [DRAW_OF[step]]: nothing[DRAW_OF[step]] });
  }
}

function drawBalls(
  classes: number,
  { probability, labelProbability = 1, radius }: NonNullable<CascadeRecipe['balls']>,
  key: SampleKey,
): BallStep[] {
  const random = sampleRandom(key, 'balls');
  if (random.uniform() >= probability) return [];
  const order = Array.from(random.permutation(classes));
  const taken = labelProbability < 1 ? order.filter(() => random.uniform() < labelProbability) : order;
  return taken.map((channel) => ({
    channel,
    operation: BALL_OPERATIONS[random.integer(BALL_OPERATIONS.length)]!,
    radius: random.uniformBetween(...radius),
  }));
}
