/** Foresees how long a number of cases still takes, from those that are done. */
export class TimeLeft {
  private measured = 0;
  private seconds = 0;
  private passed = 0;
  private start: number;

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
  }

  /** The present case is done. */
  finish(): void {
    this.seconds += this.now() - this.start;
    this.measured++;
    this.skip();
  }

  /** Seconds until all is done, when `share` of the present case is; null while there is nothing to go by. */
  secondsLeft(share: number): number | null {
    const running = this.now() - this.start;
    const progress = this.measured + share;
    if (progress < 0.02) return null;
    const perCase = (this.seconds + running) / progress;
    return Math.max(0, perCase * (this.cases - this.passed - share));
  }
}
