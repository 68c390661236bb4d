import { PickleFault } from './bad-pickle.ts';
import type { PickleBudget } from './pickle-limits.ts';

/**
 * Defines how to handle a class or function named in a pickle. The name is only a key of a table: it is never resolved,
 * imported or called.
 */
export interface PickleGlobal {
  /** The value that the name stands for. */
  readonly value?: unknown;
  /** Returns the result of a call with these arguments. */
  construct?(args: readonly unknown[], budget: PickleBudget): unknown;
  /**
   * Applies a state to a value made by `construct`, and returns it or a replacement. If omitted, the value has no
   * state.
   */
  build?(value: unknown, state: unknown, budget: PickleBudget): unknown;
}

/** A name from the table, as an argument of a call. */
export class GlobalReference {
  readonly name: string;
  readonly global: PickleGlobal;

  constructor(name: string, global: PickleGlobal) {
    this.name = name;
    this.global = global;
  }
}

/** A value that is incomplete until its state is set. It is an error to use it before, or to find it in the result. */
export class Unfinished {
  readonly memoKeys: number[] = [];
}

export function expectArguments(args: readonly unknown[], least: number, most = least): void {
  if (args.length < least || args.length > most) {
    throw new PickleFault(`${least === most ? least : `${least} to ${most}`} arguments expected, found ${args.length}`);
  }
}
