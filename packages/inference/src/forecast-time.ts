/** Foresees how long a list of cases still takes: a guess before the first one, corrected by what the others took. */
export class PredictionClock {
  /** Seconds that the cases take that are not done, and how many there are of which nothing is known. */
  #left = 0;
  #unknown = 0;
  /** Cases of which something is known. */
  #known = 0;
  #spent = 0;
  #expected = 0;
  #start: number;

  /**
   * @param seconds what each case should take; null where nothing is known yet
   * @param now seconds on a steady clock
   */
  constructor(
    seconds: readonly (number | null)[],
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    for (const one of seconds) this.#count(one, 1);
    this.#start = now();
  }

  /** More is known of a case: how long it should take in all. */
  revise(before: number | null, after: number): void {
    this.#count(before, -1);
    this.#count(after, 1);
  }

  /** A case that should have taken so long is done, or given up. */
  finish(expected: number | null): void {
    this.#spent = this.now() - this.#start;
    if (expected === null) this.#unknown--;
    else {
      this.#expected += expected;
      this.#left = Math.max(0, this.#left - expected);
    }
  }

  /**
   * Seconds until all is done, when so many seconds' worth of the cases in work is; null while nothing is known. Cases of
   * which nothing is known count as the others do on average.
   */
  secondsLeft(done: number): number | null {
    const all = this.#left + this.#expected;
    if (this.#known === 0) return this.#unknown === 0 ? 0 : null;
    const expected = this.#expected + done;
    const left = this.#left + (this.#unknown * all) / this.#known - done;
    // What is left of sums of rounded numbers is nothing.
    if (left <= 1e-9 * all) return 0;
    const spent = done > 0 ? this.now() - this.#start : this.#spent;
    // The guess counts as much as its first tenth of the work would.
    const trust = 0.1 * all;
    return expected + trust === 0 ? 0 : (left * (spent + trust)) / (expected + trust);
  }

  #count(seconds: number | null, by: 1 | -1): void {
    if (seconds === null) this.#unknown += by;
    else {
      this.#known += by;
      this.#left += by * seconds;
    }
  }
}
