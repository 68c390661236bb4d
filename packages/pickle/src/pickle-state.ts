import type { ByteReader } from './byte-reader.ts';
import type { PickleGlobal } from './pickle-global.ts';
import type { PickleBudget } from './pickle-limits.ts';
import type { PickleMemo } from './pickle-memo.ts';
import type { PickleStack } from './pickle-stack.ts';

/** What the instructions of one pickle work on. */
export interface PickleState {
  /** Stands after the byte of the instruction. */
  readonly reader: ByteReader;
  readonly stack: PickleStack;
  readonly memo: PickleMemo;
  readonly budget: PickleBudget;
  /** What names mean. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  readonly persistentId: ((id: unknown) => unknown) | undefined;
  /** What made a value, for its state. */
  readonly makers: WeakMap<object, PickleGlobal>;
}

/** Instructions by their byte. */
export type InstructionTable = Readonly<Record<number, (state: PickleState) => void>>;
