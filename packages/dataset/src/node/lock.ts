import { randomBytes } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
  const text = `${JSON.stringify(me)}\n`;
  let takenOverFrom: LockOwner | null = null;
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await createExclusively(path, text)) {
      held.set(path, text);
      setExitHook();
      if (takenOverFrom !== null) {
        onTakeOver?.(`${path}: took over the lock of ${ownerInWords(takenOverFrom)}, which is no longer running.`);
      }
      return { path, takenOverFrom, release: () => release(path, text) };
    }
    const found = await readFile(path, 'utf8').catch(() => null);
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
    takenOverFrom = owner ?? { host: me.host, pid: 0, processStart: '', since: '' };
    await removeStale(path, found);
  }
  throw new NnUNetError('locked', {
    what: `${purpose} changes hands too fast to be locked`,
    where: path,
    remedy: 'Try again when the other processes have finished.',
  });
}

/** The owner of a lock file, or null when there is none (or an unreadable one). */
export async function readLock(path: string): Promise<LockOwner | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : parseOwner(text);
}

/** A link to a complete file either appears or fails with EEXIST: no one ever reads half a lock. */
async function createExclusively(path: string, text: string): Promise<boolean> {
  const own = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
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
    throw cause;
  }
}

/**
 * Removes the lock file whose content was judged stale. It is moved aside first and looked at again: had another
 * process taken it over in between, its fresh lock is put back.
 */
async function removeStale(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.stale`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8')) !== text) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
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
