/**
 * Exponential moving average that starts at its first value: next = keep · old + (1 − keep) · new.
 *
 * A value that is not a number is left out (v1 takes it in, and its average stays NaN for the rest of the run).
 */
export class MovingAverage {
  readonly #keep: number;

  /**
   * @param keep share of the old value that is kept, e.g. 0.9
   * @param value where a stored average continues; null: no value yet
   */
  constructor(
    keep: number,
    public value: number | null = null,
  ) {
    this.#keep = keep;
  }

  /** Takes a value in; false where it is NaN and was left out. */
  add(value: number): boolean {
    if (Number.isNaN(value)) return false;
    this.value = this.value === null ? value : this.#keep * this.value + (1 - this.#keep) * value;
    return true;
  }
}
