import { intensityMoments } from './intensity-statistics.ts';

/** A Gaussian in or near the patch: voxels along each axis. */
export interface LocalGaussian {
  centre: readonly number[];
  sigma: readonly number[];
}

/** Nodes and weights of the Gauss-Legendre rule on (−0.5, 0.5). */
const NODES = [0, 0.5384693101056831, 0.906179845938664].flatMap((x) => (x === 0 ? [0] : [-x / 2, x / 2]));
const WEIGHTS = [0.5688888888888889, 0.47862867049936647, 0.23692688505618908].flatMap((w, i) =>
  i === 0 ? [w / 2] : [w / 2, w / 2],
);

/**
 * The Gaussian over the patch, moved and scaled to lie between 0 and 1 (v1: batchgenerators' LocalTransform): the product of
 * each axis's share of its normal distribution within a voxel.
 */
export function gaussianWithin(shape: readonly number[], { centre, sigma }: LocalGaussian): Float64Array {
  const lines = shape.map((n, d) =>
    n === 1 ? Float64Array.of(1) : Float64Array.from({ length: n }, (_, i) => shareOfVoxel(i - centre[d]!, sigma[d]!)),
  );
  const product = (pick: (...values: number[]) => number) => lines.reduce((p, line) => p * pick(...line), 1);
  const low = product(Math.min);
  const span = Math.max(1e-8, product(Math.max) - low);
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

/** Integral of the normal density over the voxel around x, by five points: to 1e-10 for a sigma of at least 1. */
function shareOfVoxel(x: number, sigma: number): number {
  let sum = 0;
  for (let k = 0; k < NODES.length; k++) sum += WEIGHTS[k]! * Math.exp(-0.5 * ((x + NODES[k]!) / sigma) ** 2);
  return sum / (sigma * Math.sqrt(2 * Math.PI));
}

/** Adds a Gaussian of the given height to one channel, in place (v1: BrightnessGradientAdditiveTransform). */
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

/** Gamma curve over the range of one channel, as strong as the Gaussian is high, in place (v1: LocalGammaTransform). */
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
