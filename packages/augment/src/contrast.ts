import { intensityMoments } from './intensity-statistics.ts';

/**
 * Spreads one channel around its mean by `factor`, in place, clipped to its old range (v1: batchgenerators'
 * augment_contrast with preserve_range; spec: augment §4, step 8).
 */
export function changeContrast(channel: Float32Array, factor: number): void {
  const { mean, min, max } = intensityMoments(channel);
  for (let i = 0; i < channel.length; i++) {
    channel[i] = Math.min(Math.max((channel[i]! - mean) * factor + mean, min), max);
  }
}
