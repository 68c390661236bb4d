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

/** A part of a recipe: applied to a sample, and then to each of its modalities, with these probabilities. */
interface Part {
  probability: number;
  /** All modalities when left out. */
  channelProbability?: number;
}

/** Draws what is done to one sample; each part of the recipe from a stream of its own. */
export class SampleStreams {
  constructor(
    private readonly key: SampleKey,
    private readonly channels: number,
  ) {}

  of(purpose: string): CounterRandom {
    return sampleRandom(this.key, purpose);
  }

  /** A value for the whole sample; null where the part is switched off or not applied to this sample. */
  once<P extends Part, T>(
    purpose: string,
    part: P | null | undefined,
    draw: (random: CounterRandom, part: P) => T,
  ): T | null {
    if (!part) return null;
    const random = this.of(purpose);
    return random.uniform() < part.probability ? draw(random, part) : null;
  }

  /** A value for each modality; null where the part is not applied to it. */
  each<P extends Part, T>(
    purpose: string,
    part: P | null | undefined,
    draw: (random: CounterRandom, part: P) => T,
  ): (T | null)[] {
    const values = this.once(purpose, part, (random, applied) => {
      const { channelProbability: p } = applied;
      return Array.from({ length: this.channels }, () =>
        p === undefined || random.uniform() < p ? draw(random, applied) : null,
      );
    });
    return values ?? new Array<null>(this.channels).fill(null);
  }
}
