import type { AugmentationRecipe, Batch } from '@nnunet/augment';
import { type BatchLoader, type SourceDescription, startBatchLoader } from '@nnunet/augment/node';
import type { Transforms } from '@nnunet/augment/transforms';
import { NnUNetError } from '@nnunet/errors';
import { usableProcessors } from '@nnunet/threads/node/internal';
import type { BatchSource } from '../training-ports.ts';
import type { TrainingState } from '../training-state.ts';

export interface LoadedBatchesOptions {
  /** Where the training cases lie, and the validation cases. */
  training: SourceDescription;
  validation: SourceDescription;
  recipe: AugmentationRecipe;
  /** Where its transforms are looked up; the shipped ones if not given. */
  transforms?: Transforms;
  /** Where the training stands: batches go on from there. */
  state: TrainingState;
  /** Threads that make training batches; 0 uses the calling thread. */
  workers?: number;
}

/** Batches from threads that work while a step blocks this one. */
export class LoadedBatches implements BatchSource {
  readonly #trainingLoader: BatchLoader;
  readonly #validationLoader: BatchLoader;
  /** Batches that were made in advance. */
  readonly #first: { training: Batch | null; validation: Batch | null } = { training: null, validation: null };

  constructor({ training, validation, recipe, transforms, state, workers = defaultWorkers() }: LoadedBatchesOptions) {
    const { seed, epochs, iterationsPerEpoch, validationIterationsPerEpoch } = state.settings;
    const common = { recipe, transforms, seed, startEpoch: state.epoch, endEpoch: epochs };
    this.#trainingLoader = startBatchLoader({
      ...common,
      source: training,
      iterationsPerEpoch,
      startIteration: Math.min(state.iterationLosses.length, iterationsPerEpoch),
      workers,
    });
    this.#validationLoader = startBatchLoader({
      ...common,
      source: validation,
      iterationsPerEpoch: validationIterationsPerEpoch,
      validation: true,
      workers: Math.min(1, workers),
    });
  }

  /** Waits for the first batches and returns them; they are used later. @throws any error from making them */
  async prepare(): Promise<{ training: Batch | null; validation: Batch | null }> {
    const [training, validation] = await Promise.all([this.#trainingLoader.next(), this.#validationLoader.next()]);
    Object.assign(this.#first, { training, validation });
    return { training, validation };
  }

  training(): Promise<Batch> {
    return this.#next('training');
  }

  validation(): Promise<Batch> {
    return this.#next('validation');
  }

  async #next(kind: 'training' | 'validation'): Promise<Batch> {
    const loader = kind === 'training' ? this.#trainingLoader : this.#validationLoader;
    const batch = this.#first[kind] ?? (await loader.next());
    this.#first[kind] = null;
    if (batch !== null) return batch;
    throw new NnUNetError('loader-stopped', { what: 'the batches ran out before the end of the training' });
  }

  async close(): Promise<void> {
    await Promise.all([this.#trainingLoader.close(), this.#validationLoader.close()]);
  }
}

/** One processor is left to the network; more than four threads never had to wait for each other. */
export function defaultWorkers(): number {
  return Math.min(4, Math.max(1, usableProcessors() - 1));
}
