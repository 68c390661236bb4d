import { intensityMoments } from './intensity-statistics.ts';
import { channelTransform, type PerChannel, type Range } from './transform-entry.ts';

/** How a channel is sharpened. */
export interface Sharpening {
  strength: number;
  /**
   * 'clipped': 0 outside the patch, and values clipped to the original range (v1); 'free': the outermost voxels repeated,
   * values unbounded (nnU-Net v2).
   */
  range: 'clipped' | 'free';
}

/**
 * Sharpens one channel in place: subtracts the Laplacian over all axes longer than 1, multiplied by `strength` (v1:
 * batchgenerators' SharpeningTransform; nnU-Net v2: batchgeneratorsv2's).
 */
export function sharpen(channel: Float32Array, shape: readonly number[], { strength, range }: Sharpening): void {
  const source = channel.slice();
  const clipped = range === 'clipped';
  const axes = clipped ? shape.filter((n) => n > 1).length : 0;
  for (let i = 0; i < channel.length; i++) channel[i] = source[i]! * (1 + 2 * axes * strength);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const n = shape[d]!;
    for (let block = 0; n > 1 && block < channel.length; block += n * stride) {
      for (let i = 0; i < (n - 1) * stride; i++) {
        const [a, b] = [block + i, block + i + stride];
        // A voxel beyond the border that repeats the one at it adds nothing: own values count per neighbour then.
        channel[a] = channel[a]! + strength * ((clipped ? 0 : source[a]!) - source[b]!);
        channel[b] = channel[b]! + strength * ((clipped ? 0 : source[b]!) - source[a]!);
      }
    }
    stride *= n;
  }
  if (!clipped) return;
  const { min, max } = intensityMoments(source);
  for (let i = 0; i < channel.length; i++) channel[i] = Math.min(Math.max(channel[i]!, min), max);
}

export const sharpening = channelTransform(
  'sharpening',
  (
    random,
    { strength, range = 'clipped' }: PerChannel & { strength: Range; range?: Sharpening['range'] },
  ): Sharpening => ({ strength: random.uniformBetween(...strength), range }),
  sharpen,
);
