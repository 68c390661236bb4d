import { intensityMoments } from './intensity-statistics.ts';

/**
 * Spreads one channel around its mean by `factor`, in place, clipped to its old range unless it need not be preserved (v1:
 * batchgenerators' augment_contrast; spec: augment §4, step 8).
 */
export function changeContrast(channel: Float32Array, factor: number, preserveRange = true): void {
  const { mean, min, max } = intensityMoments(channel);
  const [low, high] = preserveRange ? [min, max] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < channel.length; i++) {
    channel[i] = Math.min(Math.max((channel[i]! - mean) * factor + mean, low), high);
  }
}
