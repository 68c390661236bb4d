import { type CounterRandom, counterRandom } from '@nnunet/tensor';
import { BALL_OPERATIONS, type BallStep } from './cascade.ts';
import type { AugmentationRecipe, Range } from './recipe.ts';
import type { SpatialTransform } from './spatial-geometry.ts';

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

/** Everything random about one sample's transforms. Lists have an entry per modality, null where nothing happens. */
export interface SampleDraws {
  spatial: SpatialTransform;
  noiseSd: number | null;
  blurSigma: (number | null)[];
  brightness: (number | null)[];
  contrast: (number | null)[];
  zoom: (number | null)[];
  gammaInverted: (number | null)[];
  gamma: (number | null)[];
  mirrorAxes: number[];
  balls: BallStep[];
}

/** No transform at all. */
export function noDraws(channels: number): SampleDraws {
  const none = () => new Array<number | null>(channels).fill(null);
  return {
    spatial: { angles: null, scale: null },
    noiseSd: null,
    blurSigma: none(),
    brightness: none(),
    contrast: none(),
    zoom: none(),
    gammaInverted: none(),
    gamma: none(),
    mirrorAxes: [],
    balls: [],
  };
}

/**
 * Draws the parameters of one training sample (spec: augment §4). Every purpose has its own stream: switching a part of
 * the recipe off leaves the draws of all others as they were.
 */
export function drawSample(recipe: AugmentationRecipe, key: SampleKey, channels: number): SampleDraws {
  const draws = noDraws(channels);
  const { spatial, noise, blur, brightness, contrast, lowResolution, gammaInverted, gamma, cascade } = recipe;
  if (spatial) draws.spatial = drawSpatial(spatial, key);
  if (noise) {
    const random = sampleRandom(key, 'noise');
    if (random.uniform() < noise.probability) draws.noiseSd = random.uniformBetween(...noise.sd);
  }
  const perChannel = (purpose: string, probability: number, draw: (random: CounterRandom) => number | null) => {
    const random = sampleRandom(key, purpose);
    const applied = random.uniform() < probability;
    return Array.from({ length: channels }, () => (applied ? draw(random) : null));
  };
  const chosen = (p: number, range: Range) => (random: CounterRandom) =>
    random.uniform() < p ? random.uniformBetween(...range) : null;
  if (blur) draws.blurSigma = perChannel('blur', blur.probability, chosen(blur.channelProbability, blur.sigma));
  if (brightness) {
    draws.brightness = perChannel('brightness', brightness.probability, (r) => r.uniformBetween(...brightness.factor));
  }
  if (contrast) draws.contrast = perChannel('contrast', contrast.probability, (r) => mixed(r, contrast.factor));
  if (lowResolution) {
    const { probability, channelProbability, zoom } = lowResolution;
    draws.zoom = perChannel('low resolution', probability, chosen(channelProbability, zoom));
  }
  if (gammaInverted) {
    draws.gammaInverted = perChannel('gamma inverted', gammaInverted.probability, (r) => mixed(r, gammaInverted.gamma));
  }
  if (gamma) draws.gamma = perChannel('gamma', gamma.probability, (r) => mixed(r, gamma.gamma));
  const random = sampleRandom(key, 'mirror');
  draws.mirrorAxes = recipe.mirrorAxes.filter(() => random.uniform() < 0.5);
  if (cascade?.balls) draws.balls = drawBalls(cascade.classes.length, cascade.balls, key);
  return draws;
}

/** With a lowest value below 1: half of the draws below 1, half above; else uniform. */
function mixed(random: CounterRandom, [low, high]: Range): number {
  if (random.uniform() < 0.5 && low < 1) return random.uniformBetween(low, 1);
  return random.uniformBetween(Math.max(low, 1), high);
}

function drawSpatial(spatial: NonNullable<AugmentationRecipe['spatial']>, key: SampleKey): SpatialTransform {
  const rotation = sampleRandom(key, 'rotation');
  const scaling = sampleRandom(key, 'scale');
  const rotated = rotation.uniform() < spatial.rotationProbability;
  const scaled = scaling.uniform() < spatial.scaleProbability;
  return {
    angles: rotated ? spatial.rotation.map((range) => rotation.uniformBetween(...range)) : null,
    scale: scaled ? mixed(scaling, spatial.scale) : null,
  };
}

function drawBalls(
  classes: number,
  { probability, radius }: { probability: number; radius: Range },
  key: SampleKey,
): BallStep[] {
  const random = sampleRandom(key, 'balls');
  if (random.uniform() >= probability) return [];
  return Array.from(random.permutation(classes), (channel) => ({
    channel,
    operation: BALL_OPERATIONS[random.integer(BALL_OPERATIONS.length)]!,
    radius: random.uniformBetween(...radius),
  }));
}
