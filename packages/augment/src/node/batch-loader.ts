import { NnUNetError } from '@nnunet/errors';
import { builtWorker, Thread } from '@nnunet/threads/node';
import type { Batch, BatchKey } from '../sample-batch.ts';
import { type BatchIngredients, BatchMaker } from './batch-maker.ts';
import type { SourceDescription } from './source-description.ts';

export interface BatchLoaderOptions extends Omit<BatchIngredients, 'validation'> {
  /** Validation batches instead of training batches. */
  validation?: boolean;
  seed: number;
  iterationsPerEpoch: number;
  /** First batch; 0 when left out. */
  startEpoch?: number;
  startIteration?: number;
  /** After the last batch of the epoch before this one there are no more; unending when left out. */
  endEpoch?: number;
  /** Threads; 1 when left out. With 0 the batches are made when asked for, in the caller's thread. */
  workers?: number;
  /** Batches made in advance, at least one per thread; 3 when left out. */
  ahead?: number;
}

/** Batches in order. Close it after use. */
export interface BatchLoader {
  /**
   * The next batch, null after the last one. Its arrays belong to the caller.
   *
   * @throws NnUNetError naming the case that could not be used, or the batch whose thread ended ('thread-ended',
   *   'out-of-memory', 'thread-not-started'); 'loader-stopped' after `close`
   */
  next(): Promise<Batch | null>;
  /** Milliseconds that callers of `next` have waited so far. */
  readonly waitedMs: number;
  close(): Promise<void>;
}

/**
 * Starts making batches in other threads. The batches are the same whatever the number of threads and batches in advance.
 * A thread goes on while the caller's is blocked, until `ahead` batches are ready.
 */
export function startBatchLoader(options: BatchLoaderOptions): BatchLoader {
  return new OrderedLoader(options);
}

/** Key of the n-th batch of the loader; undefined after the last one. */
function keyOf(n: number, options: BatchLoaderOptions): BatchKey | undefined {
  const { seed, iterationsPerEpoch, startEpoch = 0, startIteration = 0, endEpoch = Number.POSITIVE_INFINITY } = options;
  const total = startIteration + n;
  const epoch = startEpoch + Math.floor(total / iterationsPerEpoch);
  return epoch < endEpoch ? { seed, epoch, iteration: total % iterationsPerEpoch } : undefined;
}

class OrderedLoader implements BatchLoader {
  waitedMs = 0;
  readonly #options: BatchLoaderOptions;
  /** Take turns. */
  readonly #makers: Pick<BatchMaker, 'make' | 'close'>[];
  readonly #ahead: number;
  /** Asked for and not given yet, in order. */
  readonly #made: Promise<Batch>[] = [];
  #asked = 0;
  #closed = false;

  constructor(options: BatchLoaderOptions) {
    const { source, recipe, validation = false, workers = 1, ahead = 3 } = options;
    this.#options = options;
    this.#makers =
      workers === 0
        ? [new BatchMaker({ source, recipe, validation })]
        : inThreads({ source: shareOfCache(source, workers), recipe, validation }, workers);
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

  /** Asks for batches until so many are asked for and not given. */
  #ask(count: number): void {
    while (this.#made.length < count) {
      const key = keyOf(this.#asked, this.#options);
      if (key === undefined) return;
      const made = this.#makers[this.#asked++ % this.#makers.length]!.make(key);
      // A failure is told to who asks for the batch.
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

/** Every thread keeps its own cases in memory. */
function shareOfCache(source: SourceDescription, workers: number): SourceDescription {
  if (source.kind !== 'prepared') return source;
  return { ...source, cacheBytes: (source.cacheBytes ?? 2 ** 30) / workers };
}
