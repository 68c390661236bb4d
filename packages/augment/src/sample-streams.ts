import { type CounterRandom, counterRandom } from '@nnunet/tensor';

/** Names one sample of one batch of a run. */
export interface SampleKey {
  seed: number;
  epoch: number;
  iteration: number;
  /** Index within the batch. */
  sample: number;
  validation: boolean;
}

/** The random stream of one purpose, e.g. 'rotation', for one sample. */
export function sampleRandom(
  { seed, epoch, iteration, sample, validation }: SampleKey,
  purpose: string,
): CounterRandom {
  return counterRandom(seed, epoch, iteration, sample, validation ? `validation ${purpose}` : purpose);
}

/** The random stream of a choice that all samples of a batch share. */
export function batchRandom({ seed, epoch, iteration }: SampleKey, purpose: string): CounterRandom {
  return counterRandom(seed, epoch, iteration, purpose);
}

/** With a lowest value below 1: half of the draws below 1, half above; else uniform. */
export function aroundOne(random: CounterRandom, [low, high]: readonly [number, number]): number {
  if (random.uniform() < 0.5 && low < 1) return random.uniformBetween(low, 1);
  return random.uniformBetween(Math.max(low, 1), high);
}

/** A whole number, both ends included; the lowest where the highest is below it. */
export function wholeNumber(random: CounterRandom, [low, high]: readonly [number, number]): number {
  return low + random.integer(Math.max(1, high - low + 1));
}
