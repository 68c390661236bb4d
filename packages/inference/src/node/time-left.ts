/**
 * Foresees how long a number of cases still takes, from what is done of them. What comes before the first sign of
 * progress does not count: there the network is made ready, which takes longer than several small cases.
 */
export class TimeLeft {
  private measured = 0;
  private seconds = 0;
  private passed = 0;
  private start: number;
  /** Share of the present case that was done at `start`. */
  private done = 0;
  private begun = false;

  /** @param now seconds on a steady clock */
  constructor(
    private readonly cases: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.start = now();
  }

  /** The present case took no time. */
  skip(): void {
    this.passed++;
    this.start = this.now();
    this.done = 0;
  }

  /** The present case is done. */
  finish(): void {
    if (this.begun) {
      this.seconds += this.now() - this.start;
      this.measured += 1 - this.done;
    }
    this.skip();
  }

  /** Seconds until all is done, when `share` of the present case is; null while there is nothing to go by. */
  secondsLeft(share: number): number | null {
    if (!this.begun && share > 0) {
      this.begun = true;
      this.start = this.now();
      this.done = share;
    }
    const running = this.now() - this.start;
    const progress = this.measured + share - this.done;
    if (!this.begun || progress < 0.02) return null;
    const perCase = (this.seconds + running) / progress;
    return Math.max(0, perCase * (this.cases - this.passed - share));
  }
}
