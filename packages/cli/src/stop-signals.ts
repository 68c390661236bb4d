import { constants } from 'node:os';

/**
 * Signals that ask a program to stop: Ctrl-C, a closed terminal, termination by a batch system, and the two signals with
 * which batch systems warn of it. By default, Node would open its debugger on SIGUSR1.
 */
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

type Source = Pick<NodeJS.Process, 'on' | 'off' | 'exit'>;
type StopSignal = (typeof STOPPING)[number];

/** Launchers may pass on a Ctrl-C that the program already received from the terminal; within this time it counts once. */
const SAME_PRESS_MS = 1000;

/**
 * Listens for the signals that ask to stop. The first one aborts `signal`; Ctrl-C at least a second later ends the process
 * immediately. Other later signals have no effect: what follows a warning (another warning, SIGTERM, a second SIGHUP) must
 * not interrupt the saving that the warning is meant for.
 */
export class StopSignals {
  readonly #source: Source;
  readonly #now: () => number;
  readonly #abort = new AbortController();
  #first: { signal: StopSignal; at: number } | null = null;
  #tell: ((signal: StopSignal) => void) | undefined;
  readonly #listener = (signal: NodeJS.Signals) => this.receive(signal as StopSignal);

  constructor(source: Source = process, now: () => number = () => performance.now()) {
    this.#source = source;
    this.#now = now;
    for (const signal of STOPPING) source.on(signal, this.#listener);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Exit code for the process: 128 + the number of the first signal; null if there was none. */
  get exitCode(): number | null {
    return this.#first === null ? null : exitCodeOf(this.#first.signal);
  }

  /** Calls back when the first signal arrives, or immediately if it already has. */
  onStop(tell: (signal: StopSignal) => void): void {
    this.#tell = tell;
    if (this.#first !== null) tell(this.#first.signal);
  }

  /** Stops listening. */
  close(): void {
    for (const signal of STOPPING) this.#source.off(signal, this.#listener);
  }

  /** Counts a signal as received. */
  receive(signal: StopSignal): void {
    if (this.#first !== null) {
      if (signal === 'SIGINT' && this.#now() - this.#first.at >= SAME_PRESS_MS) this.#source.exit(exitCodeOf(signal));
      return;
    }
    this.#first = { signal, at: this.#now() };
    this.#tell?.(signal);
    this.#abort.abort(new DOMException(`${signal} received`, 'AbortError'));
  }
}

function exitCodeOf(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}
