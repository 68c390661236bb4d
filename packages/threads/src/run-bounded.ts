export interface BoundedProgress<Item> {
  item: Item;
  done: number;
  total: number;
}

export interface BoundedOptions<Item> {
  /** Maximum number of items in progress, at least 1. */
  width: number;
  /** Returns the weight of an item, for example its memory in bytes. Default: 0. */
  weight?: (item: Item) => number;
  /** Maximum total weight of the items in progress; at least one item is always in progress. Default: no limit. */
  maxWeight?: number;
  signal?: AbortSignal;
  /** Called after each item, in order of completion. */
  onProgress?: (progress: BoundedProgress<Item>) => void;
}

/**
 * Processes items concurrently: they are started in order, as far as width and weight allow, and the results are
 * returned in order. After the first failure, no further item is started, the signal of `work` is aborted with that
 * failure, and the function waits for the items in progress.
 *
 * @throws the first error of `work` or `onProgress`, or the reason of `signal`
 */
export async function runBounded<Item, Result>(
  items: readonly Item[],
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  options: BoundedOptions<Item>,
): Promise<Result[]> {
  const { width, weight = () => 0, maxWeight = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const results = new Array<Result>(items.length);
  const running = new Set<Promise<void>>();
  let inWork = 0;
  let done = 0;

  const begin = async (index: number, weighs: number): Promise<void> => {
    inWork += weighs;
    try {
      results[index] = await work(items[index]!, stop.signal);
      if (!stop.signal.aborted) onProgress?.({ item: items[index]!, done: ++done, total: items.length });
    } catch (error) {
      stop.abort(error);
    }
    inWork -= weighs;
  };

  try {
    for (const [index, item] of items.entries()) {
      const weighs = weight(item);
      while (running.size > 0 && (running.size >= width || inWork + weighs > maxWeight)) await Promise.race(running);
      if (stop.signal.aborted) break;
      const task: Promise<void> = begin(index, weighs).finally(() => running.delete(task));
      running.add(task);
    }
    await Promise.all(running);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  stop.signal.throwIfAborted();
  return results;
}
