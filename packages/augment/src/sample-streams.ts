import { type CounterRandom, counterRandom } from '@nnunet/tensor';

/** Identifies one sample of one batch of a run. */
export interface SampleKey {
  seed: number;
  epoch: number;
  iteration: number;
  /** Index within the batch. */
  sample: number;
  validation: boolean;
}

/** Returns the random stream for one purpose, e.g. 'rotation', of one sample. */
export function sampleRandom(
  { seed, epoch, iteration, sample, validation }: SampleKey,
  purpose: string,
): CounterRandom {
  return counterRandom(seed, epoch, iteration, sample, validation ? `validation ${purpose}` : purpose);
}

/** Returns the random stream for a choice shared by all samples of a batch. */
export function batchRandom({ seed, epoch, iteration }: SampleKey, purpose: string): CounterRandom {
  return counterRandom(seed, epoch, iteration, purpose);
}

/** Draws uniformly; if the lowest value is below 1, half of the draws are below 1 and half above. */
export function aroundOne(random: CounterRandom, [low, high]: readonly [number, number]): number {
  if (random.uniform() < 0.5 && low < 1) return random.uniformBetween(low, 1);
  return random.uniformBetween(Math.max(low, 1), high);
}

/** Draws an integer, both ends included; returns the lowest if the range is empty. */
export function wholeNumber(random: CounterRandom, [low, high]: readonly [number, number]): number {
  return low + random.integer(Math.max(1, high - low + 1));
}
