import { type ErrorTag, isNnUNetError } from '@nnunet/errors';
import type { CaseFailure } from '@nnunet/errors/internal';
import { type BoundedOptions, runBounded } from './run-bounded.ts';

/** Failures that are of no single item: the next would meet the same. */
const OF_ALL: readonly ErrorTag[] = ['thread-not-started', 'not-built', 'disk-full', 'usage'];

export interface SettledOptions<Item> extends BoundedOptions<Item> {
  /** At once when an item has failed by itself. */
  onFailure?: (item: Item, error: unknown) => void;
}

/**
 * As {@link runBounded}, but an item that fails does not stop the others: one outcome an item, in their order.
 *
 * @throws what fails for all items: NnUNetError 'thread-not-started', 'not-built', 'disk-full', 'usage'; the reason of the
 * signal
 */
export async function settleBounded<Item, Result>(
  items: readonly Item[],
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  options: SettledOptions<Item>,
): Promise<PromiseSettledResult<Result>[]> {
  const outcome = async (item: Item, signal: AbortSignal): Promise<PromiseSettledResult<Result>> => {
    try {
      return { status: 'fulfilled', value: await work(item, signal) };
    } catch (reason) {
      signal.throwIfAborted();
      if (OF_ALL.some((tag) => isNnUNetError(reason, tag))) throw reason;
      options.onFailure?.(item, reason);
      return { status: 'rejected', reason };
    }
  };
  return await runBounded(items, outcome, options);
}

/** What was done, and the items that failed, by name; both in the order of the items. */
export function splitOutcomes<Item, Result>(
  items: readonly Item[],
  outcomes: readonly PromiseSettledResult<Result>[],
  nameOf: (item: Item) => string,
): { done: { item: Item; result: Result }[]; failed: CaseFailure[] } {
  const done: { item: Item; result: Result }[] = [];
  const failed: CaseFailure[] = [];
  for (const [i, outcome] of outcomes.entries()) {
    const item = items[i]!;
    if (outcome.status === 'fulfilled') done.push({ item, result: outcome.value });
    else failed.push({ name: nameOf(item), error: outcome.reason });
  }
  return { done, failed };
}
