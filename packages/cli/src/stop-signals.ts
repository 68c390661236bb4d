import { constants } from 'node:os';

/**
 * Signals that ask a program to stop: of a person (Ctrl-C), a closed terminal, a batch system's end, and the two by which
 * batch systems warn of the end. Node would open its debugger on a port at SIGUSR1.
 */
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

type StopSignal = (typeof STOPPING)[number];

/** Launchers pass Ctrl-C on to a program that has got it from the terminal already: within this time it counts once. */
const SAME_PRESS_MS = 1000;

/**
 * Listens to the signals that ask to stop. The first one aborts `signal`; Ctrl-C a second later ends the process at once.
 * Others that come later change nothing, since what follows a warning (a warning again, SIGTERM, a second SIGHUP) must not
 * cut short the saving that the warning was for.
 */
export class StopSignals {
  private readonly abort = new AbortController();
  private first: { signal: StopSignal; at: number } | null = null;
  private tell: ((signal: StopSignal) => void) | undefined;
  private readonly listener = (signal: NodeJS.Signals) => this.receive(signal as StopSignal);

  constructor(
    private readonly source: Pick<NodeJS.Process, 'on' | 'off' | 'exit'> = process,
    private readonly now: () => number = () => performance.now(),
  ) {
    for (const signal of STOPPING) source.on(signal, this.listener);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** What the process shall exit with: 128 + the number of the first signal; null where none came. */
  get exitCode(): number | null {
    return this.first === null ? null : exitCodeOf(this.first.signal);
  }

  /** Calls back when the first signal comes, at once where it has come already. */
  onStop(tell: (signal: StopSignal) => void): void {
    this.tell = tell;
    if (this.first !== null) tell(this.first.signal);
  }

  /** Listens no longer. */
  close(): void {
    for (const signal of STOPPING) this.source.off(signal, this.listener);
  }

  /** Counts a signal as received. */
  receive(signal: StopSignal): void {
    if (this.first !== null) {
      if (signal === 'SIGINT' && this.now() - this.first.at >= SAME_PRESS_MS) this.source.exit(exitCodeOf(signal));
      return;
    }
    this.first = { signal, at: this.now() };
    this.tell?.(signal);
    this.abort.abort(new DOMException(`${signal} received`, 'AbortError'));
  }
}

function exitCodeOf(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}
