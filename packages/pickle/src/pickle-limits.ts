import { PickleFault } from './bad-pickle.ts';

/** What a pickle may ask for at most. Every length is also checked against the bytes that are left. */
export interface PickleLimits {
  /** Instructions. */
  operations: number;
  /** Marks open at a time. */
  marks: number;
  /** Levels of lists, tuples, sets and dictionaries within each other. */
  depth: number;
  /** Entries of all lists, tuples, sets, dictionaries and of the memo. */
  items: number;
  /** Bytes of one text. */
  textBytes: number;
  /** Bytes of one block of raw bytes, such as an array's. */
  blockBytes: number;
  /** Bytes of one integer. */
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
 * Keeps what a reader makes in proportion to what it reads: a short file that refers to one list again and again can
 * otherwise ask for any amount of memory.
 */
export class PickleBudget {
  #items: number;
  #bytes: number;

  constructor(inputBytes: number, limits: PickleLimits) {
    this.#items = Math.min(limits.items, 16 * inputBytes + 4096);
    this.#bytes = 16 * inputBytes + 65536;
  }

  /** Before making `count` entries. */
  takeItems(count: number): void {
    this.#items -= count;
    if (!(this.#items >= 0)) throw new PickleFault('it creates more entries than the limit or its size allows');
  }

  /** Before allocating `count` bytes for decoded elements. */
  takeBytes(count: number): void {
    this.#bytes -= count;
    if (!(this.#bytes >= 0)) throw new PickleFault('it creates more array elements than its size allows');
  }
}
