import { NnUNetError } from '@nnunet/errors';
import { builtWorker, Thread } from '@nnunet/threads/node';
import type { Batch, BatchKey } from '../sample-batch.ts';
import { shippedTransforms, type Transforms } from '../transform-registry.ts';
import { type BatchIngredients, BatchMaker } from './batch-maker.ts';
import type { SourceDescription } from './source-description.ts';

export interface BatchLoaderOptions extends Pick<BatchIngredients, 'source' | 'recipe'> {
  /** Load validation batches instead of training batches. Default: false. */
  validation?: boolean;
  /**
   * Registry of the recipe's steps. Threads know transforms loaded from modules (`loadPlugins`), not those added by
   * `with`. Default: the shipped ones.
   */
  transforms?: Transforms;
  seed: number;
  iterationsPerEpoch: number;
  /** Epoch of the first batch. Default: 0. */
  startEpoch?: number;
  startIteration?: number;
  /** Loading ends before this epoch. Default: never. */
  endEpoch?: number;
  /** Number of threads; 0 makes batches on request in the caller's thread. Default: 1. */
  workers?: number;
  /** Number of batches prepared in advance, at least one per thread. Default: 3. */
  ahead?: number;
}

/** Yields batches in order. Close it after use. */
export interface BatchLoader {
  /**
   * Returns the next batch, or null after the last. The caller owns its arrays.
   *
   * @throws NnUNetError naming the case that could not be used, or the batch whose thread ended ('thread-ended',
   *   'out-of-memory', 'thread-not-started'); 'loader-stopped' after `close`
   */
  next(): Promise<Batch | null>;
  /** Total time callers of `next` have waited, in milliseconds. */
  readonly waitedMs: number;
  close(): Promise<void>;
}

/**
 * Starts making batches in worker threads. The batches do not depend on the number of threads or of batches in advance.
 * Threads keep working while the caller's thread is blocked, until `ahead` batches are ready.
 */
export function startBatchLoader(options: BatchLoaderOptions): BatchLoader {
  return new OrderedLoader(options);
}

/** Key of the loader's n-th batch; undefined after the last. */
function keyOf(n: number, options: BatchLoaderOptions): BatchKey | undefined {
  const { seed, iterationsPerEpoch, startEpoch = 0, startIteration = 0, endEpoch = Number.POSITIVE_INFINITY } = options;
  const total = startIteration + n;
  const epoch = startEpoch + Math.floor(total / iterationsPerEpoch);
  return epoch < endEpoch ? { seed, epoch, iteration: total % iterationsPerEpoch } : undefined;
}

class OrderedLoader implements BatchLoader {
  waitedMs = 0;
  readonly #options: BatchLoaderOptions;
  /** Used in turn. */
  readonly #makers: Pick<BatchMaker, 'make' | 'close'>[];
  readonly #ahead: number;
  /** Requested batches that have not been returned yet, in order. */
  readonly #made: Promise<Batch>[] = [];
  #asked = 0;
  #closed = false;

  constructor(options: BatchLoaderOptions) {
    const { source, recipe, validation = false, transforms = shippedTransforms, workers = 1, ahead = 3 } = options;
    this.#options = options;
    this.#makers =
      workers === 0
        ? [new BatchMaker({ source, recipe, validation, transforms })]
        : inThreads(
            { source: shareOfCache(source, workers), recipe, validation, plugins: transforms.modules },
            workers,
          );
    this.#ahead = workers === 0 ? 0 : Math.max(workers, ahead);
    this.#ask(this.#ahead);
  }

  async next(): Promise<Batch | null> {
    const since = performance.now();
    if (this.#closed) throw stopped();
    this.#ask(this.#ahead + 1);
    const made = this.#made.shift();
    if (made === undefined) return null;
    const [outcome] = await Promise.allSettled([made]);
    this.waitedMs += performance.now() - since;
    if (this.#closed) throw stopped();
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#makers.map((maker) => maker.close()));
  }

  /** Requests batches until `count` are pending. */
  #ask(count: number): void {
    while (this.#made.length < count) {
      const key = keyOf(this.#asked, this.#options);
      if (key === undefined) return;
      const made = this.#makers[this.#asked++ % this.#makers.length]!.make(key);
      // A failure is reported to whoever requests the batch.
      made.catch(() => undefined);
      this.#made.push(made);
    }
  }
}

function stopped(): NnUNetError {
  return new NnUNetError('loader-stopped', { what: 'the batch loader is closed' });
}

function inThreads(workerData: BatchIngredients, workers: number): Pick<BatchMaker, 'make' | 'close'>[] {
  const path = builtWorker(import.meta.url, 'batch-worker');
  return Array.from({ length: workers }, () => {
    const thread = new Thread<BatchKey, Batch>(path, { workerData });
    return {
      make: (key) => thread.call(key, { name: `batch ${key.iteration} of epoch ${key.epoch}` }),
      close: () => thread.terminate(),
    };
  });
}

/** Divides the cache among the threads; each keeps its own cases in memory. */
function shareOfCache(source: SourceDescription, workers: number): SourceDescription {
  if (source.kind !== 'prepared') return source;
  return { ...source, cacheBytes: (source.cacheBytes ?? 2 ** 30) / workers };
}
