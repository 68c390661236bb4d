import type { CounterRandom } from '@nnunet/tensor';
import { intensityMoments } from './intensity-statistics.ts';
import { channelTransform, type PerChannel, type Range } from './transform-entry.ts';

/** A Gaussian in or near the patch, in voxels along each axis. */
export interface LocalGaussian {
  centre: readonly number[];
  sigma: readonly number[];
  /**
   * Least difference between its values in the patch by which it is stretched: far and wide Gaussians of less stay
   * fainter. Default: v1's. v2 stretches all.
   */
  leastSpan?: number;
}

/** v1's least difference. */
const LEAST_SPAN = 1e-8;

/** Nodes and weights of the Gauss-Legendre rule on (−0.5, 0.5). */
const NODES = [0, 0.5384693101056831, 0.906179845938664].flatMap((x) => (x === 0 ? [0] : [-x / 2, x / 2]));
const WEIGHTS = [0.5688888888888889, 0.47862867049936647, 0.23692688505618908].flatMap((w, i) =>
  i === 0 ? [w / 2] : [w / 2, w / 2],
);

/**
 * Returns a Gaussian over the patch, shifted and scaled to the range 0 to 1 (v1: batchgenerators' LocalTransform). It
 * is the product over the axes of the normal distribution's integral over each voxel.
 */
export function gaussianWithin(
  shape: readonly number[],
  { centre, sigma, leastSpan = LEAST_SPAN }: LocalGaussian,
): Float64Array {
  const lines = shape.map((n, d) =>
    n === 1 ? Float64Array.of(1) : Float64Array.from({ length: n }, (_, i) => shareOfVoxel(i - centre[d]!, sigma[d]!)),
  );
  const product = (pick: (...values: number[]) => number) => lines.reduce((p, line) => p * pick(...line), 1);
  const low = product(Math.min);
  // Where all voxels have the same height, whatever divides it leaves 0.
  const span = Math.max(leastSpan, product(Math.max) - low) || 1;
  const [first, second, third] = lines as [Float64Array, Float64Array, Float64Array];
  const kernel = new Float64Array(first.length * second.length * third.length);
  let at = 0;
  for (const a of first) {
    for (const b of second) {
      const ab = a * b;
      for (let x = 0; x < third.length; x++) kernel[at++] = (ab * third[x]! - low) / span;
    }
  }
  return kernel;
}

/**
 * Integral of the normal density over the voxel around x, by five-point quadrature; accurate to 1e-10 for sigma ≥ 1.
 */
function shareOfVoxel(x: number, sigma: number): number {
  let sum = 0;
  for (let k = 0; k < NODES.length; k++) sum += WEIGHTS[k]! * Math.exp(-0.5 * ((x + NODES[k]!) / sigma) ** 2);
  return sum / (sigma * Math.sqrt(2 * Math.PI));
}

/** Adds a Gaussian of the given amplitude to one channel, in place (v1: BrightnessGradientAdditiveTransform). */
export function addBrightnessGradient(
  channel: Float32Array,
  shape: readonly number[],
  gaussian: LocalGaussian,
  strength: number,
): void {
  const kernel = gaussianWithin(shape, gaussian);
  let greatest = 1e-8;
  for (let i = 0; i < kernel.length; i++) greatest = Math.max(greatest, kernel[i]!);
  for (let i = 0; i < channel.length; i++) channel[i] = channel[i]! + (kernel[i]! / greatest) * strength;
}

/**
 * Applies a gamma curve over the range of one channel, with a strength that follows the Gaussian, in place (v1:
 * LocalGammaTransform).
 */
export function applyLocalGamma(
  channel: Float32Array,
  shape: readonly number[],
  gaussian: LocalGaussian,
  gamma: number,
): void {
  const kernel = gaussianWithin(shape, gaussian);
  const { min, max } = intensityMoments(channel);
  const span = Math.max(max - min, 1e-8);
  for (let i = 0; i < channel.length; i++) {
    const x = (channel[i]! - min) / span;
    channel[i] = (x * (1 - kernel[i]!) + x ** gamma * kernel[i]!) * (max - min) + min;
  }
}

/** Settings of a Gaussian in or near the patch. */
export interface LocalSettings extends PerChannel {
  /** Standard deviation along each axis as a fraction of its length; drawn log-uniformly. */
  scale: Range;
  /** Centre along each axis: 0 is its start, 1 its end. */
  location: Range;
  /** Of the Gaussians. */
  leastSpan?: number;
}

/** Draws a Gaussian, and a value from one of two equally likely ranges. Nothing is drawn along axes of length 1. */
function drawLocal(
  random: CounterRandom,
  shape: readonly number[],
  { scale, location, leastSpan }: LocalSettings,
  [low, high]: readonly [Range, Range],
): { gaussian: LocalGaussian; value: number } {
  const voxels = (share: number, n: number) => Math.max(1, Math.floor(share * n + 1e-9));
  const lines = shape.map((n) => {
    if (n === 1) return { centre: 0, sigma: 1 };
    const centre = random.uniformBetween(...location) * n;
    const [least, most] = [Math.log(voxels(scale[0], n)), Math.log(voxels(scale[1], n))];
    return { centre, sigma: Math.exp(random.uniformBetween(least, most)) };
  });
  const gaussian = {
    centre: lines.map((line) => line.centre),
    sigma: lines.map((line) => line.sigma),
    ...(leastSpan !== undefined && { leastSpan }),
  };
  return { gaussian, value: random.uniformBetween(...(random.uniform() < 0.5 ? low : high)) };
}

/** Adds a Gaussian with an amplitude from one of the two ranges. */
export const brightnessGradient = channelTransform(
  'brightnessGradient',
  (random, settings: LocalSettings & { strength: readonly [Range, Range] }, { shape }) =>
    drawLocal(random, shape, settings, settings.strength),
  (channel, shape, { gaussian, value }) => addBrightnessGradient(channel, shape, gaussian, value),
);

/** Applies a gamma value from one of the two ranges, with a strength that follows a Gaussian. */
export const localGamma = channelTransform(
  'localGamma',
  (random, settings: LocalSettings & { gamma: readonly [Range, Range] }, { shape }) =>
    drawLocal(random, shape, settings, settings.gamma),
  (channel, shape, { gaussian, value }) => applyLocalGamma(channel, shape, gaussian, value),
);
