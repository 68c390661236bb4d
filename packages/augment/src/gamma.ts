import { intensityMoments } from './intensity-statistics.ts';
import { aroundOne } from './sample-streams.ts';
import { channelTransform, type PerSample, type Range } from './transform-entry.ts';

export interface GammaOptions {
  gamma: number;
  /** Applies the curve to −x. */
  inverted: boolean;
  /** Whether to restore the mean and standard deviation afterwards. */
  retainStats: boolean;
}

const RANGE_EPSILON = 1e-7;

/**
 * Applies a gamma curve over the intensity range of one channel, in place (v1: batchgenerators' augment_gamma per
 * channel).
 */
export function applyGamma(channel: Float32Array, { gamma, inverted, retainStats }: GammaOptions): void {
  const sign = inverted ? -1 : 1;
  if (inverted) for (let i = 0; i < channel.length; i++) channel[i] = -channel[i]!;
  const before = intensityMoments(channel);
  const range = before.max - before.min + RANGE_EPSILON;
  for (let i = 0; i < channel.length; i++) {
    channel[i] = ((channel[i]! - before.min) / range) ** gamma * range + before.min;
  }
  if (retainStats) {
    const after = intensityMoments(channel);
    const factor = before.sd / (after.sd + 1e-8);
    for (let i = 0; i < channel.length; i++) channel[i] = sign * ((channel[i]! - after.mean) * factor + before.mean);
  } else if (inverted) {
    for (let i = 0; i < channel.length; i++) channel[i] = -channel[i]!;
  }
}

export interface GammaSettings extends PerSample {
  /** v1: gamma_range. */
  gamma: Range;
  /** v1: gamma_retain_stats. */
  retainStats: boolean;
}

const curve = (channel: Float32Array, _: readonly number[], options: GammaOptions) => applyGamma(channel, options);

/** Gamma applied to −x. */
export const gammaInverted = channelTransform(
  'gammaInverted',
  (random, { gamma, retainStats }: GammaSettings): GammaOptions => ({
    gamma: aroundOne(random, gamma),
    inverted: true,
    retainStats,
  }),
  curve,
);

/** Gamma (do_gamma, p_gamma). With `inverted` it is applied to −x, as in gammaInverted. */
export const gamma = channelTransform(
  'gamma',
  (random, { gamma, inverted = false, retainStats }: GammaSettings & { inverted?: boolean }): GammaOptions => ({
    gamma: aroundOne(random, gamma),
    inverted,
    retainStats,
  }),
  curve,
);
