import { intensityMoments } from './intensity-statistics.ts';
import { aroundOne } from './sample-streams.ts';
import { channelTransform, type PerChannel, type PerSample, type Range } from './transform-entry.ts';

/**
 * Scales one channel around its mean by `factor`, in place, clipped to its original range if `preserveRange` is set
 * (v1: batchgenerators' augment_contrast).
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
    /** Whether to clip to the original range. Default: true. 'either' chooses, see `choices`. */
    preserveRange?: boolean | 'either';
  };

/** Changes the contrast of channels; of every channel if `channelProbability` is omitted. */
export const contrast = channelTransform(
  'contrast',
  (random, { factor, preserveRange = true }: ContrastSettings, sample) => ({
    factor: aroundOne(random, factor),
    preserveRange: preserveRange === 'either' ? sample.choiceRandom().chance(0.5) : preserveRange,
  }),
  (channel, _, { factor, preserveRange }) => changeContrast(channel, factor, preserveRange),
);
