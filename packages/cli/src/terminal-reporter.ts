import { secondsInWords } from '@nnunet/errors/internal';
import type { Progress, Reporter } from '@nnunet/pipeline';
import { fitted, type TextStream } from './text-stream.ts';

const PLAIN_INTERVAL_MS = 10_000;
const TERMINAL_INTERVAL_MS = 100;

/**
 * Shows what a command is doing, its progress and the time left: on a terminal as one line that is redrawn, otherwise as a
 * plain line every ten seconds. It writes to the given stream (standard error); results go to standard output elsewhere.
 */
export class TerminalReporter implements Reporter {
  readonly #stream: TextStream;
  readonly #now: () => number;
  readonly #worded: (text: string) => string;
  #lineOpen = false;
  #lastDrawn!: number;
  #current = '';
  /** Whether `current` was last reported as done. */
  #over = false;
  #started!: number;

  constructor(stream: TextStream, now: () => number = Date.now, worded = (text: string) => text) {
    this.#stream = stream;
    this.#now = now;
    this.#worded = worded;
  }

  message(text: string): void {
    this.close();
    this.#stream.write(`${this.#worded(text)}\n`);
  }

  warning(text: string): void {
    this.message(`warning: ${text}`);
  }

  progress(progress: Progress): void {
    const now = this.#now();
    const finished = progress.done >= progress.total;
    if (finished && this.#over && progress.what === this.#current) return;
    const isNew = progress.what !== this.#current || this.#over;
    if (isNew) {
      this.#current = progress.what;
      this.#started = now;
    }
    const interval = this.#stream.isTTY ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
    if (!finished && !isNew && now - this.#lastDrawn < interval) return;
    this.#lastDrawn = now;
    const text = this.#describe(progress, (now - this.#started) / 1000);
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\x1b[2K${fitted(text, this.#stream)}`);
      this.#lineOpen = true;
    } else this.#stream.write(`${text}\n`);
    this.#over = finished;
    if (finished) this.close();
  }

  /** Ends the line being redrawn, so that other text starts on a new line. */
  close(): void {
    if (this.#lineOpen) this.#stream.write('\n');
    this.#lineOpen = false;
  }

  #describe({ what, done, total, note, secondsLeft }: Progress, elapsed: number): string {
    const left = secondsLeft ?? (done > 0 && elapsed > 0 ? (elapsed / done) * (total - done) : undefined);
    const time =
      done >= total && elapsed >= 1
        ? `took ${secondsInWords(elapsed)}`
        : left === undefined || done >= total
          ? ''
          : `${secondsInWords(left)} left`;
    return [`${what}: ${done} of ${total}`, note, time].filter(Boolean).join(', ');
  }
}
