import { counted } from '@nnunet/errors/internal';
import { Refusal } from './refusal.ts';

/** A place in the line of those who wait. */
export interface Place {
  /** Resolves when it is this one's turn. @throws the signal's reason when aborted before */
  turn(signal: AbortSignal, onAhead: (ahead: number) => void): Promise<void>;
  /** Ends the turn, or gives up the place. */
  leave(): void;
}

interface Waiting {
  start?: () => void;
  onAhead?: (ahead: number) => void;
}

/** Lets one prediction run at a time, in the order of arrival: each uses all cores. */
export class WaitingLine {
  readonly #limit: number;
  /** The first of those whose image has arrived runs. */
  #line: Waiting[] = [];
  /** Everyone inside, including those whose image is still arriving. */
  #inside = 0;

  /** @param maxWaiting number of images that may wait besides the one that is predicted */
  constructor(maxWaiting: number) {
    this.#limit = maxWaiting + 1;
  }

  get inside(): number {
    return this.#inside;
  }

  /** Takes a place. @throws Refusal 'busy' if there is none */
  enter(): Place {
    if (this.#inside >= this.#limit) {
      const waiting = this.#limit - 1;
      const what =
        waiting === 0
          ? 'another image is being predicted'
          : `${counted(waiting, 'image is', 'images are')} already waiting`;
      throw new Refusal(503, { tag: 'busy', what, remedy: 'Try again later.' }, { 'retry-after': '30' });
    }
    this.#inside++;
    const own: Waiting = {};
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      this.#inside--;
      const first = this.#line[0] === own;
      this.#line = this.#line.filter((one) => one !== own);
      if (first) this.#line[0]?.start?.();
      for (const [ahead, one] of this.#line.entries()) if (ahead > 0) one.onAhead?.(ahead);
    };
    return { turn: (signal, onAhead) => this.#turn(own, signal, onAhead), leave };
  }

  async #turn(own: Waiting, signal: AbortSignal, onAhead: (ahead: number) => void): Promise<void> {
    signal.throwIfAborted();
    this.#line.push(own);
    if (this.#line[0] === own) return;
    onAhead(this.#line.length - 1);
    own.onAhead = onAhead;
    await new Promise<void>((resolve, reject) => {
      own.start = resolve;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}
