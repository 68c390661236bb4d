import { PickleFault } from './bad-pickle.ts';
import type { PickleBudget } from './pickle-limits.ts';

/**
 * What one class or function that a pickle may name means here. The name is a key of a table and nothing else: it is
 * never resolved, imported or called.
 */
export interface PickleGlobal {
  /** The name stands for this value. */
  readonly value?: unknown;
  /** The value of a call with these arguments. */
  construct?(args: readonly unknown[], budget: PickleBudget): unknown;
  /**
   * Gives a value made by `construct` its state and returns it, or another in its place. Left out: the value has no
   * state.
   */
  build?(value: unknown, state: unknown, budget: PickleBudget): unknown;
}

/** A name of the table, as an argument of a call. */
export class GlobalReference {
  readonly name: string;
  readonly global: PickleGlobal;

  constructor(name: string, global: PickleGlobal) {
    this.name = name;
    this.global = global;
  }
}

/**
 * A value that is not whole before its state was set. One that is met again before that, or in the result, is an error.
 */
export class Unfinished {
  readonly memoKeys: number[] = [];
}

export function expectArguments(args: readonly unknown[], least: number, most = least): void {
  if (args.length < least || args.length > most) {
    throw new PickleFault(`${least === most ? least : `${least} to ${most}`} arguments expected, found ${args.length}`);
  }
}
