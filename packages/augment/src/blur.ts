import { channelTransform, type PerChannel, type Range } from './transform-entry.ts';

/**
 * Blurs one channel (z, y, x) in place with a Gaussian along every axis, truncated at 4 sigma, with half-sample
 * mirrored borders (scipy's gaussian_filter with its defaults). Axes of length 1 are unchanged.
 *
 * @param sigma in voxels
 */
export function blurGaussian(channel: Float32Array, shape: readonly number[], sigma: number): void {
  const weights = gaussianWeights(sigma);
  correlateAxes(channel, shape, () => weights, mirroredHalf);
}

/** Weights for offsets 0, 1, … up to `radius`; they sum to 1 over both sides. */
export function gaussianWeights(sigma: number, radius = Math.floor(4 * sigma + 0.5)): Float64Array {
  const weights = Float64Array.from({ length: radius + 1 }, (_, k) => Math.exp((-0.5 * k * k) / (sigma * sigma)));
  let sum = weights[0]!;
  for (let k = 1; k <= radius; k++) sum += 2 * weights[k]!;
  return weights.map((w) => w / sum);
}

/**
 * Correlates a channel with symmetric weights along every axis longer than 1, one after the other, in place.
 *
 * @param weightsOf the weights of an axis, for offsets 0, 1, …
 * @param mirrored index within an axis of length n for a position outside
 */
export function correlateAxes(
  channel: Float32Array,
  shape: readonly number[],
  weightsOf: (axis: number) => Float64Array,
  mirrored: (i: number, n: number) => number,
): void {
  let stride = channel.length;
  for (const [d, n] of shape.entries()) {
    stride /= n;
    if (n > 1) correlate(channel, n, { stride, weights: weightsOf(d), mirrored });
  }
}

interface AxisFilter {
  /** Distance of two voxels along the axis. */
  stride: number;
  weights: Float64Array;
  mirrored: (i: number, n: number) => number;
}

/** Correlates all lines along one axis, `stride` lines of `n` elements at a time. */
function correlate(values: Float32Array, n: number, { stride, weights, mirrored }: AxisFilter): void {
  const radius = weights.length - 1;
  const lines = new Float64Array((n + 2 * radius) * stride);
  for (let block = 0; block < values.length; block += n * stride) {
    for (let i = -radius; i < n + radius; i++) {
      const from = block + mirrored(i, n) * stride;
      const to = (i + radius) * stride;
      for (let j = 0; j < stride; j++) lines[to + j] = values[from + j]!;
    }
    for (let i = 0; i < n * stride; i++) {
      const centre = i + radius * stride;
      let sum = weights[0]! * lines[centre]!;
      for (let k = 1, step = stride; k <= radius; k++, step += stride) {
        sum += weights[k]! * (lines[centre - step]! + lines[centre + step]!);
      }
      values[block + i] = sum;
    }
  }
}

/** Index of a position with half-sample mirroring: c b a | a b c | c b a. */
export function mirroredHalf(i: number, n: number): number {
  const k = ((i % (2 * n)) + 2 * n) % (2 * n);
  return k < n ? k : 2 * n - 1 - k;
}

/** Gaussian blur, sigma in voxels. */
export const blur = channelTransform(
  'blur',
  (random, { sigma }: PerChannel & { sigma: Range }) => random.uniformBetween(...sigma),
  blurGaussian,
);
