import { sizeOf } from '@nnunet/tensor';
import type { CaseForecast } from './case-forecast.ts';

/** Measured on one core (Zen 4): per voxel of the image or of what the network sees, and channel or class. */
const READ_SECONDS = 1.5e-8;
const RESAMPLE_SECONDS = 2e-8;
const DECIDE_SECONDS = 1e-8;
/** Locks, and files that are flushed to the disk. */
const CASE_SECONDS = 0.03;

/** Seconds that a case takes before and after the network, about. */
export function secondsBeside({ imageShape, networkShape }: CaseForecast, channels: number, classes: number): number {
  const [V, N] = [sizeOf(imageShape), sizeOf(networkShape)];
  const resampled = V === N ? 0 : RESAMPLE_SECONDS * N * (channels + 1);
  return CASE_SECONDS + READ_SECONDS * V * (channels + 1) + resampled + DECIDE_SECONDS * V * (classes + 1);
}

/** Foresees how long a list of cases still takes: a guess before the first one, corrected by what the others took. */
export class PredictionClock {
  #left: number;
  #cases: number;
  #spent = 0;
  #expected = 0;
  #start: number;

  /**
   * @param seconds what each case should take
   * @param now seconds on a steady clock
   */
  constructor(
    seconds: readonly number[],
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.#left = seconds.reduce((a, b) => a + b, 0);
    this.#cases = seconds.length;
    this.#start = now();
  }

  /** A case that should have taken so long is done, or given up. */
  finish(expected: number): void {
    this.#spent = this.now() - this.#start;
    this.#expected += expected;
    this.#left = --this.#cases === 0 ? 0 : Math.max(0, this.#left - expected);
  }

  /** Seconds until all is done, when so many seconds' worth of the cases in work is. */
  secondsLeft(done: number): number {
    const expected = this.#expected + done;
    const left = Math.max(0, this.#left - done);
    const spent = done > 0 ? this.now() - this.#start : this.#spent;
    // The guess counts as much as its first tenth of the work would.
    const trust = 0.1 * (this.#left + this.#expected);
    return expected + trust === 0 ? 0 : (left * (spent + trust)) / (expected + trust);
  }
}
