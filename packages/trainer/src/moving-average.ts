/**
 * Exponential moving average that starts at its first value: next = keep · old + (1 − keep) · new.
 *
 * NaN is ignored (in v1, the average stays NaN for the rest of the run).
 */
export class MovingAverage {
  readonly #keep: number;

  /**
   * @param keep fraction of the old value that is kept, e.g. 0.9
   * @param value of a stored average to continue from; null for none
   */
  constructor(
    keep: number,
    public value: number | null = null,
  ) {
    this.#keep = keep;
  }

  /** Adds a value; returns false if it is NaN and was ignored. */
  add(value: number): boolean {
    if (Number.isNaN(value)) return false;
    this.value = this.value === null ? value : this.#keep * this.value + (1 - this.#keep) * value;
    return true;
  }
}
