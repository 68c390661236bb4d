import { PickleFault } from './bad-pickle.ts';

/** Limits on what a pickle may request. Every length is also checked against the remaining bytes. */
export interface PickleLimits {
  /** Number of instructions. */
  operations: number;
  /** Number of marks open at a time. */
  marks: number;
  /** Nesting depth of lists, tuples, sets and dictionaries. */
  depth: number;
  /** Total entries of all lists, tuples, sets, dictionaries and the memo. */
  items: number;
  /** Bytes per string. */
  textBytes: number;
  /** Bytes per block of raw bytes, such as an array's. */
  blockBytes: number;
  /** Bytes per integer. */
  integerBytes: number;
}

export const defaultLimits: Readonly<PickleLimits> = {
  operations: 100_000_000,
  marks: 1000,
  depth: 200,
  items: 50_000_000,
  textBytes: 2 ** 26,
  blockBytes: 2 ** 30,
  integerBytes: 1024,
};

/**
 * Keeps memory use proportional to the input: a short file that repeatedly refers to the same list could otherwise
 * request any amount of memory.
 */
export class PickleBudget {
  #items: number;
  #bytes: number;

  constructor(inputBytes: number, limits: PickleLimits) {
    this.#items = Math.min(limits.items, 16 * inputBytes + 4096);
    this.#bytes = 16 * inputBytes + 65536;
  }

  /** Call before creating `count` entries. */
  takeItems(count: number): void {
    this.#items -= count;
    if (!(this.#items >= 0)) throw new PickleFault('it creates more entries than the limit or its size allows');
  }

  /** Call before allocating `count` bytes for decoded elements. */
  takeBytes(count: number): void {
    this.#bytes -= count;
    if (!(this.#bytes >= 0)) throw new PickleFault('it creates more array elements than its size allows');
  }
}
