import { PickleFault } from './bad-pickle.ts';
import { Unfinished } from './pickle-global.ts';
import type { PickleBudget } from './pickle-limits.ts';

/** Values that a pickle keeps under a number to use them again. */
export class PickleMemo {
  readonly #values = new Map<number, unknown>();
  readonly #budget: PickleBudget;

  constructor(budget: PickleBudget) {
    this.#budget = budget;
  }

  put(key: number, value: unknown): void {
    this.#budget.takeItems(1);
    this.#values.set(key, value);
    if (value instanceof Unfinished) value.memoKeys.push(key);
  }

  /** Keeps it under the next number. */
  append(value: unknown): void {
    this.put(this.#values.size, value);
  }

  get(key: number): unknown {
    if (!this.#values.has(key)) throw new PickleFault(`the memo has no entry ${key}`);
    return this.#values.get(key);
  }

  /** Puts what a value has become in its place, wherever it is kept. */
  finish(value: unknown, built: unknown): void {
    if (value instanceof Unfinished) for (const key of value.memoKeys) this.#values.set(key, built);
  }
}
