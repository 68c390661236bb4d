import { intensityMoments } from './intensity-statistics.ts';
import { channelTransform, type PerChannel, type Range } from './transform-entry.ts';

/**
 * Sharpens one channel in place: subtracts the Laplacian over all axes longer than 1, multiplied by `strength`, with 0
 * outside, and clips to the original range (v1: batchgenerators' SharpeningTransform).
 */
export function sharpen(channel: Float32Array, shape: readonly number[], strength: number): void {
  const { min, max } = intensityMoments(channel);
  const source = channel.slice();
  const axes = shape.filter((n) => n > 1).length;
  for (let i = 0; i < channel.length; i++) channel[i] = source[i]! * (1 + 2 * axes * strength);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const n = shape[d]!;
    for (let block = 0; n > 1 && block < channel.length; block += n * stride) {
      for (let i = 0; i < (n - 1) * stride; i++) {
        const [a, b] = [block + i, block + i + stride];
        channel[a] = channel[a]! - strength * source[b]!;
        channel[b] = channel[b]! - strength * source[a]!;
      }
    }
    stride *= n;
  }
  for (let i = 0; i < channel.length; i++) channel[i] = Math.min(Math.max(channel[i]!, min), max);
}

export const sharpening = channelTransform(
  'sharpening',
  (random, { strength }: PerChannel & { strength: Range }) => random.uniformBetween(...strength),
  sharpen,
);
