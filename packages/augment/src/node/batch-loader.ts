import { Worker } from 'node:worker_threads';
import { NnUNetError } from '@nnunet/errors';
import { fromPortable } from '@nnunet/errors/internal';
import { builtWorker } from '@nnunet/threads/node';
import type { AugmentationRecipe } from '../recipe.ts';
import { type Batch, type BatchKey, sampleBatch, validationBatch } from '../sample-batch.ts';
import type { BatchAnswer, BatchRequest, BatchWorkerData } from './batch-messages.ts';
import { openSource, type SourceDescription } from './source-description.ts';

export interface BatchLoaderOptions {
  source: SourceDescription;
  recipe: AugmentationRecipe;
  seed: number;
  iterationsPerEpoch: number;
  /** First batch; 0 when left out. */
  startEpoch?: number;
  startIteration?: number;
  /** After the last batch of the epoch before this one there are no more; unending when left out. */
  endEpoch?: number;
  /** Validation batches instead of training batches. */
  validation?: boolean;
  /** Threads; 1 when left out. With 0 the batches are made when asked for, in the caller's thread. */
  workers?: number;
  /** Batches made in advance, at least one per thread; 3 when left out. */
  ahead?: number;
}

/** Batches in order. Close it after use: its threads keep the process alive. */
export interface BatchLoader {
  /**
   * The next batch, null after the last one. Its arrays belong to the caller.
   *
   * @throws NnUNetError naming the case that could not be used; 'loader-stopped' when a thread ended or after `close`
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
  const workers = options.workers ?? 1;
  return workers === 0 ? new DirectLoader(options) : new ThreadedLoader(options, workers);
}

/** Key of the n-th batch of the loader; undefined after the last one. */
function keyOf(n: number, options: BatchLoaderOptions): BatchKey | undefined {
  const { seed, iterationsPerEpoch, startEpoch = 0, startIteration = 0, endEpoch = Number.POSITIVE_INFINITY } = options;
  const total = startIteration + n;
  const epoch = startEpoch + Math.floor(total / iterationsPerEpoch);
  return epoch < endEpoch ? { seed, epoch, iteration: total % iterationsPerEpoch } : undefined;
}

function stopped(cause?: unknown): NnUNetError {
  return new NnUNetError('loader-stopped', {
    what: cause instanceof Error ? `a thread that loads batches ended: ${cause.message}` : 'the batch loader is closed',
    cause,
  });
}

class DirectLoader implements BatchLoader {
  waitedMs = 0;
  readonly #options: BatchLoaderOptions;
  readonly #source: ReturnType<typeof openSource>;
  #given = 0;
  #closed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: BatchLoaderOptions) {
    this.#options = options;
    this.#source = openSource(options.source);
    this.#source.catch(() => undefined);
  }

  next(): Promise<Batch | null> {
    const key = keyOf(this.#given++, this.#options);
    const made = this.#last.then(() => this.#make(key));
    this.#last = made.catch(() => undefined);
    return made;
  }

  async #make(key: BatchKey | undefined): Promise<Batch | null> {
    if (this.#closed) throw stopped();
    if (!key) return null;
    const start = performance.now();
    const make = this.#options.validation ? validationBatch : sampleBatch;
    try {
      return await make(await this.#source, this.#options.recipe, key);
    } finally {
      this.waitedMs += performance.now() - start;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
    const source = await this.#source.catch(() => undefined);
    await source?.close();
  }
}

interface Waiter {
  resolve: (batch: Batch) => void;
  reject: (error: unknown) => void;
  since: number;
}

class ThreadedLoader implements BatchLoader {
  waitedMs = 0;
  readonly #options: BatchLoaderOptions;
  readonly #workers: Worker[];
  readonly #ahead: number;
  readonly #ready = new Map<number, BatchAnswer>();
  readonly #waiting = new Map<number, Waiter>();
  #asked = 0;
  #given = 0;
  #failure: NnUNetError | undefined;

  constructor(options: BatchLoaderOptions, workers: number) {
    this.#options = options;
    this.#ahead = Math.max(workers, options.ahead ?? 3);
    const workerData: BatchWorkerData = {
      source: shareOfCache(options.source, workers),
      recipe: options.recipe,
      validation: options.validation ?? false,
    };
    const path = builtWorker(import.meta.url, 'batch-worker');
    this.#workers = Array.from({ length: workers }, () => {
      const worker = new Worker(path, { workerData, execArgv: [] });
      worker.on('message', (answer: BatchAnswer) => this.#receive(answer));
      worker.on('error', (cause) => this.#fail(stopped(cause)));
      worker.on('messageerror', (cause) => this.#fail(stopped(cause)));
      worker.on('exit', () => this.#fail(stopped(new Error('it stopped'))));
      return worker;
    });
    this.#ask();
  }

  next(): Promise<Batch | null> {
    const index = this.#given;
    if (this.#failure) return Promise.reject(this.#failure);
    if (!keyOf(index, this.#options)) return Promise.resolve(null);
    this.#given++;
    this.#ask();
    return new Promise<Batch>((resolve, reject) => {
      this.#waiting.set(index, { resolve, reject, since: performance.now() });
      this.#deliver(index);
    });
  }

  async close(): Promise<void> {
    this.#fail(stopped());
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** Keeps the number of batches asked for and not given at `ahead`. */
  #ask(): void {
    while (this.#asked < this.#given + this.#ahead) {
      const key = keyOf(this.#asked, this.#options);
      if (!key) return;
      const request: BatchRequest = { index: this.#asked, key };
      this.#workers[this.#asked % this.#workers.length]!.postMessage(request);
      this.#asked++;
    }
  }

  #receive(answer: BatchAnswer): void {
    this.#ready.set(answer.index, answer);
    this.#deliver(answer.index);
  }

  #deliver(index: number): void {
    const answer = this.#ready.get(index);
    const waiter = this.#waiting.get(index);
    if (!answer || !waiter) return;
    this.#ready.delete(index);
    this.#waiting.delete(index);
    this.waitedMs += performance.now() - waiter.since;
    if ('error' in answer) waiter.reject(fromPortable(answer.error));
    else waiter.resolve(answer.batch);
  }

  #fail(error: NnUNetError): void {
    this.#failure ??= error;
    for (const waiter of this.#waiting.values()) waiter.reject(this.#failure);
  }
}

/** Every thread keeps its own cases in memory. */
function shareOfCache(source: SourceDescription, workers: number): SourceDescription {
  if (source.kind !== 'prepared') return source;
  return { ...source, cacheBytes: (source.cacheBytes ?? 2 ** 30) / workers };
}
