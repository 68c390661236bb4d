import { PickleFault } from './bad-pickle.ts';
import { Unfinished } from './pickle-global.ts';
import type { PickleBudget } from './pickle-limits.ts';

/** The machine's stack. Marks divide it; nothing below the last mark is reached. */
export class PickleStack {
  #values: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #maxMarks: number;

  constructor(maxMarks: number) {
    this.#maxMarks = maxMarks;
  }

  push(value: unknown): void {
    this.#values.push(value);
  }

  pop(): unknown {
    this.#need(1);
    return this.#values.pop();
  }

  top(): unknown {
    this.#need(1);
    return this.#values.at(-1);
  }

  replaceTop(value: unknown): void {
    this.#need(1);
    this.#values[this.#values.length - 1] = value;
  }

  /** The last `count` values, taken off. */
  popMany(count: number): unknown[] {
    this.#need(count);
    return this.#finished(this.#values.splice(this.#values.length - count, count));
  }

  mark(): void {
    if (this.#marks.length >= this.#maxMarks) throw new PickleFault(`more than ${this.#maxMarks} open marks`);
    this.#marks.push(this.#values.length);
  }

  /** The values since the last mark, taken off with it. */
  popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new PickleFault('a mark is missing');
    return this.#finished(this.#values.splice(mark));
  }

  /** A POP right after a mark takes the mark. */
  drop(): void {
    if (this.#marks.at(-1) === this.#values.length) this.#marks.pop();
    else this.pop();
  }

  /** The one value that is left at the end. */
  result(): unknown {
    if (this.#values.length !== 1 || this.#marks.length > 0)
      throw new PickleFault('it does not end with exactly one value');
    return this.#values[0];
  }

  #need(count: number): void {
    if (this.#values.length - (this.#marks.at(-1) ?? 0) < count) throw new PickleFault('a value is missing');
  }

  #finished(values: unknown[]): unknown[] {
    for (const value of values) if (value instanceof Unfinished) throw new PickleFault('a NumPy array without content');
    return values;
  }
}

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
