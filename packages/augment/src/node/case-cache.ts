/**
 * Keeps the first cases loaded, up to a number of bytes; later cases are reloaded each time. Training draws cases at
 * random, so replacing entries would gain nothing.
 */
export class CaseCache<T> {
  readonly #entries = new Map<number, Promise<T>>();
  #bytesLeft: number;

  constructor(bytes: number) {
    this.#bytesLeft = bytes;
  }

  /** Returns the cached value of a case, or loads it and keeps it if its `bytes` still fit. */
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
