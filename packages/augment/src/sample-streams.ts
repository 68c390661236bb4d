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

/** Purposes of random streams besides the transforms. A transform with one of these names would draw the same numbers. */
export const SAMPLE_STREAMS = [
  ...(['case', 'foreground', 'position', 'balls', 'component removal'] as const),
  ...(['rotation', 'rotation axes', 'scale', 'scale per axis', 'centre', 'elastic', 'elastic field'] as const),
] as const;

export type SampleStream = (typeof SAMPLE_STREAMS)[number];

/** Returns the random stream for one purpose of one sample. */
export function sampleRandom(
  { seed, epoch, iteration, sample, validation }: SampleKey,
  purpose: SampleStream,
): CounterRandom {
  return counterRandom(seed, epoch, iteration, sample, validation ? `validation ${purpose}` : purpose);
}

/** Returns the random stream of a transform, or of one of its purposes, for one training sample. */
export function transformRandom(
  { seed, epoch, iteration, sample }: SampleKey,
  transform: string,
  purpose?: string,
): CounterRandom {
  const stream = purpose === undefined ? inWords(transform) : `${inWords(transform)} ${purpose}`;
  return counterRandom(seed, epoch, iteration, sample, stream);
}

/** Converts 'gammaInverted' to 'gamma inverted', the name of its random stream. */
export function inWords(transform: string): string {
  return transform.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
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
