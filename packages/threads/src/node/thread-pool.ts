import type { ResourceLimits, Transferable } from 'node:worker_threads';
import { type BoundedOptions, runBounded } from '../run-bounded.ts';
import { settleBounded } from '../settle-bounded.ts';
import { usableProcessors } from './job-limits.ts';
import { Thread } from './thread.ts';

export interface ThreadPoolOptions<Item, Result> {
  /**
   * The work on an item: the function that the worker module passes to `serveThread`. With one thread, it is called in
   * the caller's.
   */
  work: (item: Item) => Result | Promise<Result>;
  /** Returns the path of the worker module; called when the first thread starts. See `builtWorker`. */
  worker: () => string;
  /** Maximum number of threads; 1 works in the caller's thread. Default: the number of processors, at most 8. */
  workers?: number;
  /** Returns an item's name for the error if its thread ends. */
  nameOf: (item: Item) => string;
  /** Returns the buffers of an item that are transferred to the thread instead of copied. */
  transfer?: (item: Item) => readonly Transferable[];
  /** Limits of a thread's heap (array buffers do not count). Default: Node's own. */
  resourceLimits?: ResourceLimits;
}

export type RunOptions<Item> = Omit<BoundedOptions<Item>, 'width'>;

/**
 * Threads that process lists of items. They start on demand and serve every run until `close`. Items and results are
 * plain data.
 */
export class ThreadPool<Item, Result> {
  readonly #options: ThreadPoolOptions<Item, Result>;
  readonly #workers: number;
  readonly #threads = new Set<Thread<Item, Result>>();
  readonly #idle: Thread<Item, Result>[] = [];

  constructor(options: ThreadPoolOptions<Item, Result>) {
    this.#options = options;
    this.#workers = options.workers ?? Math.min(usableProcessors(), 8);
  }

  /** Runs one list of items in a pool of its own. */
  static async run<Item, Result>(
    items: readonly Item[],
    options: ThreadPoolOptions<Item, Result> & RunOptions<Item>,
  ): Promise<Result[]> {
    const pool = new ThreadPool(options);
    try {
      return await pool.run(items, options);
    } finally {
      await pool.close();
    }
  }

  /**
   * Returns the results in the order of the items. The first failure, or an aborted signal, ends the busy threads.
   *
   * @throws the first error of the work; NnUNetError 'out-of-memory' or 'thread-ended' naming the item whose thread
   *   ended, 'thread-not-started', 'not-built'; the reason of the signal
   */
  async run(items: readonly Item[], options: RunOptions<Item> = {}): Promise<Result[]> {
    const { width, work } = this.#wayOf(items);
    return await runBounded(items, work, { ...options, width });
  }

  /** Like {@link settle}, in a pool of its own. */
  static async settle<Item, Result>(
    items: readonly Item[],
    options: ThreadPoolOptions<Item, Result> & RunOptions<Item>,
  ): Promise<PromiseSettledResult<Result>[]> {
    const pool = new ThreadPool(options);
    try {
      return await pool.settle(items, options);
    } finally {
      await pool.close();
    }
  }

  /**
   * Like {@link run}, but a failed item does not stop the others: returns one outcome per item, in order.
   *
   * @throws errors that affect all items, see {@link settleBounded}; the reason of the signal
   */
  async settle(items: readonly Item[], options: RunOptions<Item> = {}): Promise<PromiseSettledResult<Result>[]> {
    const { width, work } = this.#wayOf(items);
    return await settleBounded(items, work, { ...options, width });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    const threads = [...this.#threads];
    this.#threads.clear();
    this.#idle.length = 0;
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  #wayOf(items: readonly Item[]): { width: number; work: (item: Item, signal: AbortSignal) => Promise<Result> } {
    const width = Math.max(1, Math.min(this.#workers, items.length));
    const { work } = this.#options;
    return { width, work: width === 1 ? async (item) => work(item) : this.#inThread };
  }

  readonly #inThread = async (item: Item, signal: AbortSignal): Promise<Result> => {
    const { worker, nameOf, transfer, resourceLimits } = this.#options;
    const thread = this.#idle.pop() ?? new Thread<Item, Result>(worker(), { resourceLimits });
    this.#threads.add(thread);
    try {
      return await thread.call(item, { name: nameOf(item), signal, transfer: transfer?.(item) });
    } finally {
      if (thread.alive) this.#idle.push(thread);
      else this.#threads.delete(thread);
    }
  };
}
