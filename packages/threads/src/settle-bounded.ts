import { type ErrorTag, isNnUNetError } from '@nnunet/errors';
import type { CaseFailure } from '@nnunet/errors/internal';
import { type BoundedOptions, runBounded } from './run-bounded.ts';

/** Errors that are not specific to one item: the next item would fail too. */
const OF_ALL: readonly ErrorTag[] = ['thread-not-started', 'not-built', 'disk-full', 'usage'];

export interface SettledOptions<Item> extends BoundedOptions<Item> {
  /** Called as soon as an item fails with an error of its own. */
  onFailure?: (item: Item, error: unknown) => void;
}

/**
 * Like {@link runBounded}, but a failed item does not stop the others: returns one outcome per item, in order.
 *
 * @throws errors that affect all items: NnUNetError 'thread-not-started', 'not-built', 'disk-full', 'usage'; the reason
 *   of the signal
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

/** Separates results from failed items (by name); both in the order of the items. */
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
