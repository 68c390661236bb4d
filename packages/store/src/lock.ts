import { randomBytes } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { createExclusively, readIfThere, replaceLock, silenceOf, touchLock } from './lock-file.ts';
import {
  hasEnded,
  isNeighbour,
  isOfSameJob,
  type LockOwner,
  ownerInWords,
  parseOwner,
  thisProcess,
} from './lock-owner.ts';

export interface Lock {
  readonly path: string;
  /** The previous owner, if its abandoned lock was taken over. */
  readonly takenOverFrom: LockOwner | null;
  /** Aborted with the error as its reason if the lock is lost. */
  readonly signal: AbortSignal;
  /**
   * Call this before anything that must not happen twice. @throws NnUNetError 'lock-lost' if another process has taken
   * over the lock
   */
  check(): void;
  /** Removes the lock file; further calls have no effect. Also happens when the process exits. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** What the lock protects, for messages, e.g. "the training of fold 0". */
  purpose?: string;
  /** Called when an abandoned lock is taken over. */
  onTakeOver?: (message: string) => void;
  /** If given, wait while another process holds the lock instead of failing; called once with a message. */
  onWait?: (message: string) => void;
  /** Stops waiting. */
  signal?: AbortSignal;
  /** Seconds between touches of the file. Default: 15. */
  beat?: number;
  /** Seconds without a touch after which an owner that cannot be seen from here counts as gone. Default: 300. */
  patience?: number;
  /** Seconds between checks while waiting. Default: 1. */
  poll?: number;
}

/** A training step, or a case prepared in the main thread, blocks it for a minute at most. */
const BEAT = 15;
const PATIENCE = 300;

const held = new Map<string, string>();
let exitHookSet = false;

/**
 * Acquires a lock file, or fails immediately if a running process holds it. The file is created atomically, so only one
 * of several processes gets the lock. Works between processes and within one.
 *
 * A running owner keeps touching its file. A lock is taken over if its process on this host has ended, if it was left
 * by the same batch job on another host, or if an owner that cannot be seen from here has not touched it for some
 * minutes (by the file server's clock). An owner that loses its lock in this way, after being suspended, is notified.
 *
 * @throws NnUNetError 'locked' naming the owner; 'missing-file' if the folder does not exist
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock> {
  const { onWait, signal, poll = 1 } = options;
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await acquireNow(path, options);
    } catch (error) {
      if (onWait === undefined || !isNnUNetError(error, 'locked')) throw error;
      if (!told) onWait(`${error.message.split('\n')[0]}: waiting`);
      told = true;
      await delay(1000 * poll, undefined, { signal });
    }
  }
}

/** Holds a lock while `work` runs. The signal passed to it also aborts if the lock is lost. */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: (signal: AbortSignal, lock: Lock) => Promise<T>,
): Promise<T> {
  const lock = await acquireLock(path, options);
  try {
    return await work(options.signal ? AbortSignal.any([options.signal, lock.signal]) : lock.signal, lock);
  } finally {
    await lock.release();
  }
}

async function acquireNow(path: string, options: LockOptions): Promise<Lock> {
  const { purpose = 'this', onTakeOver, patience = PATIENCE } = options;
  const me = thisProcess();
  // The number makes the text of every lock unique, even within one process.
  const text = `${JSON.stringify({ ...me, lock: randomBytes(6).toString('hex') })}\n`;
  for (let attempt = 0; attempt < 50; attempt++) {
    if (await createExclusively(path, text)) return new HeldLock(path, text, null, options);
    const found = await readIfThere(path);
    if (found === null) continue; // Released in the meantime.
    const owner = parseOwner(found);
    if (owner === null && attempt === 0) {
      await delay(200); // Without hard links, a file may be visible before its content.
      continue;
    }
    const judge = () => whyGone(path, owner, me, 1000 * patience);
    const { gone, signs } = await judge();
    if (gone === null) {
      throw new NnUNetError('locked', {
        what: `${purpose} is in use by ${ownerInWords(owner)}${signs}`,
        where: path,
        remedy: isNeighbour(owner!, me)
          ? 'Wait until it has finished, or stop it.'
          : `Wait until it has finished. If it has crashed, its lock is taken over after ${patience / 60} minutes; to continue immediately, delete this file.`,
      });
    }
    if (await replaceLock(path, { stale: found, text, isStill: async () => (await judge()).gone !== null })) {
      onTakeOver?.(`${path}: took over the lock of ${ownerInWords(owner)}, ${gone}.`);
      return new HeldLock(path, text, owner ?? NOBODY, options);
    }
  }
  throw new NnUNetError('locked', {
    what: `${purpose} is locked and released too often by other processes`,
    where: path,
    remedy: 'Try again when the other processes have finished.',
  });
}

const NOBODY: LockOwner = { host: '', pid: 0, processStart: '', since: '' };

/** Explains why an owner counts as gone; null if it does not, with what is known about it. */
async function whyGone(
  path: string,
  owner: LockOwner | null,
  me: LockOwner,
  patience: number,
): Promise<{ gone: string | null; signs: string }> {
  if (owner === null) return { gone: 'which is no longer running', signs: '' };
  if (isNeighbour(owner, me)) return { gone: hasEnded(owner) ? 'which is no longer running' : null, signs: '' };
  if (isOfSameJob(owner, me)) return { gone: `where this job (${me.job}) ran earlier`, signs: '' };
  const silence = (await silenceOf(path)) ?? 0;
  if (silence > patience)
    return { gone: `which has given no sign of life for ${Math.floor(silence / 60_000)} minutes`, signs: '' };
  return { gone: null, signs: `, last seen ${Math.max(0, Math.round(silence / 1000))} s ago` };
}

/** Returns the running process that holds a lock; null if nobody does, or its owner counts as gone. */
export async function lockHolder(path: string): Promise<LockOwner | null> {
  const owner = await readLock(path);
  if (owner === null) return null;
  return (await whyGone(path, owner, thisProcess(), 1000 * PATIENCE)).gone === null ? owner : null;
}

/** Returns the owner in a lock file, or null if there is none (or it is unreadable). */
export async function readLock(path: string): Promise<LockOwner | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : parseOwner(text);
}

class HeldLock implements Lock {
  readonly #text: string;
  readonly #options: LockOptions;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly path: string,
    text: string,
    readonly takenOverFrom: LockOwner | null,
    options: LockOptions,
  ) {
    this.#text = text;
    this.#options = options;
    held.set(path, text);
    setExitHook();
    this.#timer = setInterval(() => this.#touch(), 1000 * (options.beat ?? BEAT));
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  check(): void {
    this.#touch();
    this.signal.throwIfAborted();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (held.get(this.path) !== this.#text) return;
    held.delete(this.path);
    if ((await readFile(this.path, 'utf8').catch(() => null)) === this.#text) await rm(this.path, { force: true });
  }

  #touch(): void {
    if (this.signal.aborted || touchLock(this.path, this.#text) !== 'lost') return;
    clearInterval(this.#timer);
    if (held.get(this.path) === this.#text) held.delete(this.path);
    this.#lost.abort(this.#error());
  }

  #error(): NnUNetError {
    let owner: LockOwner | null = null;
    try {
      owner = parseOwner(readFileSync(this.path, 'utf8'));
    } catch {
      // Deleted.
    }
    const purpose = this.#options.purpose ?? 'this';
    const what =
      owner === null
        ? `the lock on ${purpose} was deleted while it was held`
        : `${purpose} was taken over by ${ownerInWords(owner)}`;
    return new NnUNetError('lock-lost', {
      what,
      where: this.path,
      remedy: 'This process has stopped so that no result is overwritten. Let the other one continue.',
    });
  }
}

function setExitHook(): void {
  if (exitHookSet) return;
  exitHookSet = true;
  process.once('exit', () => {
    for (const [path, text] of held) {
      try {
        if (readFileSync(path, 'utf8') === text) unlinkSync(path);
      } catch {
        // Already gone.
      }
    }
  });
}
