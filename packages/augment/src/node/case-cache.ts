/**
 * Keeps what was loaded first until a number of bytes is reached; what comes later is loaded anew each time. Training
 * draws cases at random: replacing entries would gain nothing.
 */
export class CaseCache<T> {
  readonly #entries = new Map<number, Promise<T>>();
  #bytesLeft: number;

  constructor(bytes: number) {
    this.#bytesLeft = bytes;
  }

  /** The kept value of a case, or `load`'s, kept if its `bytes` still fit. */
  get(index: number, bytes: number, load: () => Promise<T>): Promise<T> {
    const kept = this.#entries.get(index);
    if (kept) return kept;
    const value = load();
    if (bytes > this.#bytesLeft) return value;
    this.#bytesLeft -= bytes;
    this.#entries.set(index, value);
    value.catch(() => {
      this.#entries.delete(index);
      this.#bytesLeft += bytes;
    });
    return value;
  }

  has(index: number): boolean {
    return this.#entries.has(index);
  }

  fits(bytes: number): boolean {
    return bytes <= this.#bytesLeft;
  }
}
