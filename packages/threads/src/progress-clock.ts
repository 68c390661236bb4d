/** How long a unit of work takes, by the work that was timed. The unit is the caller's: a step, a case, a foreseen second. */
export class Pace {
  readonly #latest: number | null;
  #work = 0;
  #seconds = 0;

  /** @param latest what the work that was timed last counts, in (0, 1), where speeds change; if not given, all counts alike */
  constructor(latest: number | null = null) {
    this.#latest = latest;
  }

  /** Work that was timed. */
  get work(): number {
    return this.#work;
  }

  add(work: number, seconds: number): void {
    const [old, latest] = this.#latest === null || this.#work === 0 ? [1, 1] : [1 - this.#latest, this.#latest];
    this.#work = old * this.#work + latest * work;
    this.#seconds = old * this.#seconds + latest * seconds;
  }

  /** Seconds of a unit; null while there is nothing to go by. Both arguments count for this once. */
  secondsPerUnit(work = 0, seconds = 0): number | null {
    return this.#work + work === 0 ? null : (this.#seconds + seconds) / (this.#work + work);
  }
}

/** So much of an item must be timed before anything is said. */
const LEAST_SHARE = 0.02;

export interface ProgressClockOptions {
  /**
   * For work that is given in foreseen seconds: the guess counts as much as this share of the work would. By default there
   * is no guess, and time counts from the first sign of progress: what comes before it is making ready.
   */
  guess?: number;
  /** Seconds on a steady clock. */
  now?: () => number;
}

/** Foresees how long a list of items still takes, by what is done of them. */
export class ProgressClock {
  readonly #pace = new Pace();
  readonly #guess: number;
  readonly #now: () => number;
  /** Work of the items that are done, and of those that are not; of how many nothing is known, and of how many something. */
  #done = 0;
  #left = 0;
  #unknown = 0;
  #known = 0;
  /** Since when the present item is timed, and how much of it was done then. */
  #since: number | null;
  #before = 0;

  /** @param work what each item should take; null where nothing is known yet */
  constructor(work: readonly (number | null)[], options: ProgressClockOptions = {}) {
    const { guess = 0, now = () => performance.now() / 1000 } = options;
    for (const one of work) this.#count(one, 1);
    this.#guess = guess;
    this.#now = now;
    this.#since = guess > 0 ? now() : null;
  }

  /** More is known of an item: how much work it is in all. */
  revise(before: number | null, after: number): void {
    this.#count(before, -1);
    this.#count(after, 1);
  }

  /** An item of so much work is done, or given up. */
  finish(work: number | null): void {
    if (this.#since !== null) this.#pace.add((work ?? 0) - this.#before, this.#now() - this.#since);
    if (work !== null) this.#done += work;
    this.#leave(work);
  }

  /** An item of so much work took no time. */
  skip(work: number): void {
    this.#leave(work);
  }

  /**
   * Seconds until all is done, when so much of the work of the items in hand is; null while there is nothing to go by.
   * Items of which nothing is known count as the others do on average.
   */
  secondsLeft(done: number): number | null {
    if (this.#since === null && done > 0) {
      this.#since = this.#now();
      this.#before = done;
    }
    const all = this.#left + this.#done;
    if (this.#known === 0) return this.#unknown === 0 ? 0 : null;
    const left = this.#left + (this.#unknown * all) / this.#known - done;
    // What is left of sums of rounded numbers is nothing.
    if (left <= 1e-9 * all) return 0;
    const trust = this.#guess * all;
    const timed = Math.max(0, done - this.#before) + trust;
    if (this.#pace.work + timed < (LEAST_SHARE * all) / this.#known) return null;
    const running = done > this.#before ? this.#now() - this.#since! : 0;
    return left * this.#pace.secondsPerUnit(timed, running + trust)!;
  }

  #leave(work: number | null): void {
    if (work === null) this.#unknown--;
    else this.#left = Math.max(0, this.#left - work);
    if (this.#since !== null) this.#since = this.#now();
    this.#before = 0;
  }

  #count(work: number | null, by: 1 | -1): void {
    if (work === null) this.#unknown += by;
    else {
      this.#known += by;
      this.#left += by * work;
    }
  }
}
