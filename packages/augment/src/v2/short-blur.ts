import { roundHalfEven } from '@nnunet/tensor/internal';
import { correlateAxes, gaussianWeights } from '../blur.ts';
import { channelTransform, type PerChannel, type Range } from '../transform-entry.ts';

/**
 * Blurs one channel (z, y, x) in place with a Gaussian along every axis. The kernel is about 6 sigma long in all; borders
 * are mirrored around their voxels (nnU-Net v2: batchgeneratorsv2, GaussianBlurTransform, which refuses axes shorter than
 * the reach of the kernel; here it ends with them).
 *
 * @param sigma in voxels, per axis
 */
export function blurShortly(channel: Float32Array, shape: readonly number[], sigma: readonly number[]): void {
  const weightsOf = (axis: number) => {
    const reach = (kernelLength(sigma[axis]!) - 1) / 2;
    return gaussianWeights(sigma[axis]!, Math.min(reach, shape[axis]! - 1));
  };
  correlateAxes(channel, shape, weightsOf, mirroredWhole);
}

/** The odd length nearest to 6 sigma + 0.5. */
function kernelLength(sigma: number): number {
  const wanted = 6 * sigma + 0.5;
  const rounded = roundHalfEven(wanted);
  if (rounded % 2 === 1) return rounded;
  return wanted >= rounded ? rounded + 1 : rounded - 1;
}

/** Index of a position with whole-sample mirroring: c b | a b c | b a. */
function mirroredWhole(i: number, n: number): number {
  return i < 0 ? -i : i < n ? i : 2 * (n - 1) - i;
}

/** Gaussian blur whose sigma is drawn per channel, in voxels, and per axis unless `axesAlike` is set. */
export const shortBlur = channelTransform(
  'shortBlur',
  (random, { sigma, axesAlike = false }: PerChannel & { sigma: Range; axesAlike?: boolean }, { shape }) => {
    const one = random.uniformBetween(...sigma);
    return shape.map((_, axis) => (axesAlike || axis === 0 ? one : random.uniformBetween(...sigma)));
  },
  blurShortly,
);
