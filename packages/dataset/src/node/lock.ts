import { randomBytes } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { NnUNetError } from '@nnunet/errors';
import { fileError } from '@nnunet/tensor/node';

/** Who holds a lock: the content of a lock file. */
export interface LockOwner {
  host: string;
  pid: number;
  /** When that process started, so that a new process with the same number is not taken for it. */
  processStart: string;
  /** When the lock was taken, ISO 8601. */
  since: string;
}

export interface Lock {
  readonly path: string;
  /** The owner that was gone, when its lock was taken over. */
  readonly takenOverFrom: LockOwner | null;
  /** Removes the lock file. Further calls do nothing. It also happens when the process exits. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** What the lock protects, for the message, e.g. "the training of fold 0". */
  purpose?: string;
  /** Told when a lock of a dead process is taken over. */
  onTakeOver?: (message: string) => void;
}

const held = new Map<string, string>();
let exitHookSet = false;

/**
 * Takes a lock file, or fails at once when a living process holds it. The file appears complete or not at all; of
 * several processes that want it, one gets it. That of a dead process of this host is taken over; whether a process
 * on another host lives cannot be seen, so its lock stays. Works between processes and within one.
 * @throws NnUNetError 'locked' naming the owner; 'missing-file' when the folder does not exist
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock> {
  const { purpose = 'this', onTakeOver } = options;
  const me: LockOwner = {
    host: hostname(),
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
    since: new Date().toISOString(),
  };
  // The number makes every lock's text its own, also of two by one process.
  const text = `${JSON.stringify({ ...me, lock: randomBytes(6).toString('hex') })}\n`;
  for (let attempt = 0; attempt < 50; attempt++) {
    if (await createExclusively(path, text)) return taken(path, text, null);
    const found = await readIfThere(path);
    if (found === null) continue; // released in the meantime
    const owner = parseOwner(found);
    if (owner === null && attempt === 0) {
      await delay(200); // without hard links a file may be seen before its content
      continue;
    }
    if (owner !== null && !isGone(owner, me)) {
      throw new NnUNetError('locked', {
        what: `${purpose} is in use by ${ownerInWords(owner)}`,
        where: path,
        remedy:
          owner.host === me.host
            ? 'Wait until it has finished, or stop it.'
            : `Wait until it has finished. If no such process runs on ${owner.host} any more, delete this file.`,
      });
    }
    if (await takeOver(path, found, text)) {
      const before = owner ?? { host: me.host, pid: 0, processStart: '', since: '' };
      onTakeOver?.(`${path}: took over the lock of ${ownerInWords(before)}, which is no longer running.`);
      return taken(path, text, before);
    }
  }
  throw new NnUNetError('locked', {
    what: `${purpose} changes hands too fast to be locked`,
    where: path,
    remedy: 'Try again when the other processes have finished.',
  });
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(cause, path);
  }
}

/** The owner of a lock file, or null when there is none (or an unreadable one). */
export async function readLock(path: string): Promise<LockOwner | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : parseOwner(text);
}

/** A link to a complete file either appears or fails with EEXIST: no one ever reads half a lock. */
async function createExclusively(path: string, text: string): Promise<boolean> {
  const own = temporaryName(path);
  try {
    await writeFile(own, text, { flag: 'wx' });
    try {
      await link(own, path);
      return true;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EOPNOTSUPP') throw cause;
      return await writeExclusively(path, text); // a file system without hard links
    }
  } catch (cause) {
    throw fileError(cause, path);
  } finally {
    await rm(own, { force: true });
  }
}

async function writeExclusively(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileError(cause, path);
  }
}

/**
 * Replaces the lock file whose content was judged stale. Who replaces one holds a guard file meanwhile and looks again
 * first, so that of several processes one does it and a fresh lock is never replaced.
 */
async function takeOver(path: string, stale: string, text: string): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await writeExclusively(guard, text))) {
    await removeOldGuard(guard);
    await delay(20);
    return false;
  }
  const own = temporaryName(path);
  try {
    if ((await readFile(path, 'utf8').catch(() => null)) !== stale) return false;
    await writeFile(own, text, { flag: 'wx' });
    await rename(own, path);
    return true;
  } catch (cause) {
    throw fileError(cause, path);
  } finally {
    await rm(own, { force: true });
    await rm(guard, { force: true });
  }
}

/** A guard is held for milliseconds: an old one was left by a process that was ended just then. */
async function removeOldGuard(guard: string): Promise<void> {
  const found = await stat(guard).catch(() => null);
  if (found !== null && Date.now() - found.mtimeMs > 10_000) await rm(guard, { force: true });
}

function temporaryName(path: string): string {
  return `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
}

function isGone(owner: LockOwner, me: LockOwner): boolean {
  if (owner.host !== me.host) return false;
  const start = processStart(owner.pid);
  if (start === null) return true;
  return owner.processStart !== '' && start !== '' && start !== owner.processStart;
}

/** Start of a living process as the system counts it; '' where only its being alive can be told; null when it is gone. */
function processStart(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces. Field 3 is the state, 22 the start in clock ticks after boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${bootId()}:${fields[19]}`;
  } catch {
    return '';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function parseOwner(text: string): LockOwner | null {
  try {
    const owner = JSON.parse(text) as LockOwner;
    const valid =
      typeof owner.host === 'string' && Number.isInteger(owner.pid) && typeof owner.processStart === 'string';
    return valid ? owner : null;
  } catch {
    return null;
  }
}

function ownerInWords(owner: LockOwner): string {
  if (owner.pid === 0) return 'an unknown process';
  return `process ${owner.pid} on ${owner.host}${owner.since ? ` since ${owner.since}` : ''}`;
}

function taken(path: string, text: string, takenOverFrom: LockOwner | null): Lock {
  held.set(path, text);
  setExitHook();
  return { path, takenOverFrom, release: () => release(path, text) };
}

async function release(path: string, text: string): Promise<void> {
  if (held.get(path) !== text) return;
  held.delete(path);
  if ((await readFile(path, 'utf8').catch(() => null)) === text) await rm(path, { force: true });
}

function setExitHook(): void {
  if (exitHookSet) return;
  exitHookSet = true;
  process.once('exit', () => {
    for (const [path, text] of held) {
      try {
        if (readFileSync(path, 'utf8') === text) unlinkSync(path);
      } catch {
        // already gone
      }
    }
  });
}
