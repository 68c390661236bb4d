import { byId } from './by-id.ts';
import { told } from './told.ts';

/**
 * Where a section of the page tells what is being done: `PREFIXstatus`, `PREFIXprogress-field`, `PREFIXcancel`, and
 * `PREFIXrefused`, what could not be taken meanwhile.
 */
export class WorkPlace {
  readonly #status: HTMLElement;
  readonly #progress: HTMLProgressElement;
  readonly #refused: HTMLElement;
  readonly #whileBusy: readonly HTMLElement[];

  constructor(prefix: '' | 'adapt-') {
    this.#status = byId(`${prefix}status`);
    this.#progress = byId<HTMLProgressElement>(`${prefix}progress`);
    this.#refused = byId(`${prefix}refused`);
    this.#whileBusy = [byId(`${prefix}progress-field`), byId(`${prefix}cancel`)];
  }

  say(text: string, bad = false): void {
    this.#status.textContent = text;
    this.#status.classList.toggle('bad', bad);
  }

  /** Shows a fraction from 0 to 1; null if it is not known. */
  show(share: number | null): void {
    if (share === null) this.#progress.removeAttribute('value');
    else this.#progress.value = share;
  }

  set busy(busy: boolean) {
    if (busy) this.#refused.textContent = '';
    for (const one of this.#whileBusy) one.hidden = !busy;
  }
}

/** What the page does: one thing at a time, which can be stopped. */
export class Work {
  readonly #onChange: () => void;
  #running: AbortController | null = null;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get busy(): boolean {
    return this.#running !== null;
  }

  stop(): void {
    this.#running?.abort();
  }

  /** Does something that takes a while, and says at its place what went wrong. */
  async run(place: WorkPlace, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    place.show(null);
    place.say('');
    place.busy = true;
    this.#onChange();
    const { signal } = running;
    try {
      await work(signal);
    } catch (error) {
      place.say(signal.aborted ? 'Cancelled.' : told(error), !signal.aborted);
    } finally {
      this.#running = null;
      place.busy = false;
      this.#onChange();
    }
  }
}
