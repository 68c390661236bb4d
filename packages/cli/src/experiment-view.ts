import { fitted, type TextStream } from './text-stream.ts';

const PLAIN_INTERVAL_MS = 30_000;

/**
 * Shows what several jobs are doing at once: on a terminal as lines that are redrawn, otherwise as plain lines every
 * half minute. Messages stay above the lines.
 */
export class ExperimentView {
  readonly #stream: TextStream;
  readonly #now: () => number;
  #drawn = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(stream: TextStream, now: () => number = Date.now) {
    this.#stream = stream;
    this.#now = now;
  }

  message(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  show(lines: readonly string[]): void {
    if (!this.#stream.isTTY) {
      if (this.#now() - this.#last < PLAIN_INTERVAL_MS) return;
      this.#last = this.#now();
      for (const line of lines) this.#stream.write(`${line}\n`);
      return;
    }
    this.clear();
    for (const line of lines) this.#stream.write(`${fitted(line, this.#stream)}\n`);
    this.#drawn = lines.length;
  }

  /** Removes the lines from the terminal. */
  clear(): void {
    if (this.#drawn > 0) this.#stream.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }
}
