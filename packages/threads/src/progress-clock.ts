/**
 * Estimates the time per unit of work from timed work. The unit is up to the caller: a step, a case, an estimated
 * second.
 */
export class Pace {
  readonly #latest: number | null;
  #work = 0;
  #seconds = 0;

  /**
   * @param latest weight of the most recently timed work, in (0, 1), for varying speeds; by default all work has equal
   *   weight
   */
  constructor(latest: number | null = null) {
    this.#latest = latest;
  }

  /** Amount of work timed so far. */
  get work(): number {
    return this.#work;
  }

  add(work: number, seconds: number): void {
    const [old, latest] = this.#latest === null || this.#work === 0 ? [1, 1] : [1 - this.#latest, this.#latest];
    this.#work = old * this.#work + latest * work;
    this.#seconds = old * this.#seconds + latest * seconds;
  }

  /** Returns the seconds per unit, or null without any timed work. The arguments are added for this call only. */
  secondsPerUnit(work = 0, seconds = 0): number | null {
    return this.#work + work === 0 ? null : (this.#seconds + seconds) / (this.#work + work);
  }
}

/** Fraction of an item that must be timed before anything is reported. */
const LEAST_SHARE = 0.02;

export interface ProgressClockOptions {
  /**
   * For work given in estimated seconds: the weight of that estimate, as a fraction of the work. By default there is no
   * estimate, and time counts from the first sign of progress, because anything before is preparation.
   */
  guess?: number;
  /** Returns seconds from a monotonic clock. */
  now?: () => number;
}

/** Estimates the remaining time of a list of items from the work done so far. */
export class ProgressClock {
  readonly #pace = new Pace();
  readonly #guess: number;
  readonly #now: () => number;
  /** Work of the finished and of the remaining items; number of items with unknown and with known work. */
  #done = 0;
  #left = 0;
  #unknown = 0;
  #known = 0;
  /** When timing of the current item started, and how much of it was done then. */
  #since: number | null;
  #before = 0;

  /** @param work expected work per item; null if unknown */
  constructor(work: readonly (number | null)[], options: ProgressClockOptions = {}) {
    const { guess = 0, now = () => performance.now() / 1000 } = options;
    for (const one of work) this.#count(one, 1);
    this.#guess = guess;
    this.#now = now;
    this.#since = guess > 0 ? now() : null;
  }

  /** Updates the total work of an item. */
  revise(before: number | null, after: number): void {
    this.#count(before, -1);
    this.#count(after, 1);
  }

  /** Marks an item with this work as done or abandoned. */
  finish(work: number | null): void {
    if (this.#since !== null) this.#pace.add((work ?? 0) - this.#before, this.#now() - this.#since);
    if (work !== null) this.#done += work;
    this.#leave(work);
  }

  /** Marks an item with this work as skipped, without taking time. */
  skip(work: number): void {
    this.#leave(work);
  }

  /**
   * Returns the remaining seconds, given the work done on the current items; null if there is no basis. Items of
   * unknown work count as the average of the others.
   */
  secondsLeft(done: number): number | null {
    if (this.#since === null && done > 0) {
      this.#since = this.#now();
      this.#before = done;
    }
    const all = this.#left + this.#done;
    if (this.#known === 0) return this.#unknown === 0 ? 0 : null;
    const left = this.#left + (this.#unknown * all) / this.#known - done;
    // Remainders of rounded sums count as zero.
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
