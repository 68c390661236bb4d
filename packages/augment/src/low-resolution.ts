import { resampleData } from '@nnunet/resample';
import { roundHalfEven } from '@nnunet/tensor/internal';
import { channelTransform, type PerChannel, type Range } from './transform-entry.ts';

/** How a channel loses its resolution. */
export interface LowResolution {
  /** At most 1; the downsampled size is round(shape · zoom), half to even. */
  zoom: number;
  /** Axes that keep their size. Default: none. */
  keptAxes?: readonly number[];
  /** Of the interpolation that upsamples. Default: 3. */
  order?: 1 | 3;
}

/**
 * Simulates low resolution in place: downsamples one channel by nearest neighbour and upsamples it (v1:
 * batchgenerators' augment_linear_downsampling_scipy, with order 3; nnU-Net v2: SimulateLowResolutionTransform, with order
 * 1). The latter is torch's: zoom and positions are float32, which decides half way between voxels.
 */
export function simulateLowResolution(
  channel: Float32Array,
  shape: readonly number[],
  { zoom, keptAxes = [], order = 3 }: LowResolution,
): void {
  const positions = order === 1 ? 'float32' : 'float64';
  const factor = order === 1 ? Math.fround(zoom) : zoom;
  const small = shape.map((n, d) => (keptAxes.includes(d) ? n : Math.max(1, roundHalfEven(n * factor))));
  const coarse = resampleData(channel, { shape, newShape: small, order: 0, positions });
  channel.set(resampleData(coarse, { shape: small, newShape: shape, order, positions }));
}

/** Simulates low resolution; axis 0 is unaffected if slices are transformed individually. */
export const lowResolution = channelTransform(
  'lowResolution',
  (random, { zoom, order }: PerChannel & { zoom: Range; order?: 1 | 3 }, { inPlane }): LowResolution => ({
    zoom: random.uniformBetween(...zoom),
    keptAxes: inPlane ? [0] : [],
    ...(order && { order }),
  }),
  simulateLowResolution,
);
