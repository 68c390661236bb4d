import { resize } from '@nnunet/resample';
import { roundHalfEven } from '@nnunet/tensor/internal';
import { channelTransform, type PerChannel, type Range } from './transform-entry.ts';

/**
 * Simulates low resolution in place: downsamples one channel by nearest neighbour and upsamples it with order 3 (v1:
 * batchgenerators' augment_linear_downsampling_scipy).
 *
 * @param zoom at most 1; the downsampled size is round(shape · zoom), half to even
 * @param keptAxes axes of `shape` that keep their size
 */
export function simulateLowResolution(
  channel: Float32Array,
  shape: readonly number[],
  zoom: number,
  keptAxes: readonly number[] = [],
): void {
  const small = shape.map((n, d) => (keptAxes.includes(d) ? n : Math.max(1, roundHalfEven(n * zoom))));
  channel.set(resize(resize(channel, shape, small, 0), small, shape, 3));
}

/** Simulates low resolution; axis 0 is unaffected if slices are transformed individually. */
export const lowResolution = channelTransform(
  'lowResolution',
  (random, { zoom }: PerChannel & { zoom: Range }, { inPlane }) => ({
    zoom: random.uniformBetween(...zoom),
    keptAxes: inPlane ? [0] : [],
  }),
  (channel, shape, { zoom, keptAxes }) => simulateLowResolution(channel, shape, zoom, keptAxes),
);
