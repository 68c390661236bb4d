import { intensityMoments } from './intensity-statistics.ts';
import { aroundOne } from './sample-streams.ts';
import { channelTransform, type PerChannel, type PerSample, type Range } from './transform-entry.ts';

/**
 * Spreads one channel around its mean by `factor`, in place, clipped to its old range unless it need not be preserved (v1:
 * batchgenerators' augment_contrast).
 */
export function changeContrast(channel: Float32Array, factor: number, preserveRange = true): void {
  const { mean, min, max } = intensityMoments(channel);
  const [low, high] = preserveRange ? [min, max] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < channel.length; i++) {
    channel[i] = Math.min(Math.max((channel[i]! - mean) * factor + mean, low), high);
  }
}

export type ContrastSettings = PerSample &
  Partial<PerChannel> & {
    factor: Range;
    /** Clipped to the old range: always when left out ('either': always or never for a whole batch). */
    preserveRange?: boolean | 'either';
  };

/** Every channel when `channelProbability` is left out. */
export const contrast = channelTransform(
  'contrast',
  (random, { factor, preserveRange = true }: ContrastSettings, sample) => ({
    factor: aroundOne(random, factor),
    preserveRange: preserveRange === 'either' ? sample.batchRandom().chance(0.5) : preserveRange,
  }),
  (channel, _, { factor, preserveRange }) => changeContrast(channel, factor, preserveRange),
);
