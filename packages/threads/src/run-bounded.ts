export interface BoundedProgress<Item> {
  item: Item;
  done: number;
  total: number;
}

export interface BoundedOptions<Item> {
  /** Items in work at a time, at least 1. */
  width: number;
  /** What an item weighs, bytes of memory for example; 0 by default. */
  weight?: (item: Item) => number;
  /** What all items in work may weigh together; one item is always worked on. No limit by default. */
  maxWeight?: number;
  signal?: AbortSignal;
  /** After each item, in the order in which they finish. */
  onProgress?: (progress: BoundedProgress<Item>) => void;
}

/**
 * Works on items side by side: they are begun in their order as far as width and weight allow, and the results come in
 * their order. After the first failure no item is begun, and `work` sees its signal aborted with that failure as the
 * reason; this function waits for what is in work then.
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
