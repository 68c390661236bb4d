import { aroundOne } from './sample-streams.ts';
import { channelTransform, type PerChannel, type PerSample, type Range } from './transform-entry.ts';

/** Multiplies one channel in place. */
export function multiplyBrightness(channel: Float32Array, factor: number): void {
  for (let i = 0; i < channel.length; i++) channel[i] = channel[i]! * factor;
}

/** Adds a constant to one channel in place (v1: BrightnessTransform; off in nnUNetTrainerV2). */
export function addBrightness(channel: Float32Array, addend: number): void {
  for (let i = 0; i < channel.length; i++) channel[i] = channel[i]! + addend;
}

export interface BrightnessSettings extends PerSample {
  factor: Range;
  /** Draw half of the factors below 1 and half above, as nnU-Net v2. Default: all evenly. */
  aroundOne?: boolean;
}

export const brightness = channelTransform(
  'brightness',
  (random, { factor, aroundOne: halves = false }: BrightnessSettings) =>
    halves ? aroundOne(random, factor) : random.uniformBetween(...factor),
  (channel, _, factor) => multiplyBrightness(channel, factor),
);

/**
 * Adds a normally distributed constant (do_additive_brightness, additive_brightness_mu, _sigma, _p_per_sample,
 * _p_per_channel).
 */
export const additiveBrightness = channelTransform(
  'additiveBrightness',
  (random, { mean, sd }: PerChannel & { mean: number; sd: number }) => mean + sd * random.normal(),
  (channel, _, addend) => addBrightness(channel, addend),
);
