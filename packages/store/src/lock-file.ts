import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileError } from '@nnunet/tensor/node/internal';

/** A guard is held for milliseconds: an older one was left by a process that was ended just then. */
const OLD_GUARD = 10_000;

export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(cause, path);
  }
}

/** A link to a complete file either appears or fails with EEXIST: no one ever reads half a lock. */
export async function createExclusively(path: string, text: string): Promise<boolean> {
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

/**
 * Replaces a lock file whose content was judged to be left behind. Who replaces one holds a guard file meanwhile and judges
 * again first, so that of several processes one does it and a fresh lock is never replaced.
 */
export async function replaceLock(
  path: string,
  { stale, text, isStill }: { stale: string; text: string; isStill: () => Promise<boolean> },
): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await writeExclusively(guard, text))) {
    const age = await silenceOf(guard);
    if (age !== null && age > OLD_GUARD) await rm(guard, { force: true });
    await delay(20);
    return false;
  }
  const own = temporaryName(path);
  try {
    if ((await readFile(path, 'utf8').catch(() => null)) !== stale || !(await isStill())) return false;
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

/**
 * Milliseconds since a file was last touched, by the clock of the file server: a file that is made beside it tells its time.
 * The clocks of this machine and of the one that touched the file do not matter. null where the file is gone.
 */
export async function silenceOf(path: string): Promise<number | null> {
  const probe = temporaryName(path);
  try {
    await writeFile(probe, '', { flag: 'wx' });
    const now = (await stat(probe)).mtimeMs;
    const touched = (await stat(path).catch(() => null))?.mtimeMs;
    return touched === undefined ? null : now - touched;
  } catch (cause) {
    throw fileError(cause, path);
  } finally {
    await rm(probe, { force: true });
  }
}

/**
 * Touches a lock file that holds this text, and says whether it does. The same bytes are written again, so that the file
 * server sets the time. At once and not in steps: a thread that computes for long comes back only for moments.
 *
 * @returns 'lost' where the file is gone or another's, 'unknown' where the file system gave no answer
 */
export function touchLock(path: string, text: string): 'held' | 'lost' | 'unknown' {
  let file: number | undefined;
  try {
    file = openSync(path, 'r+');
    // What is open here stays what was read, even if the name is given to another file meanwhile.
    if (readFileSync(file, 'utf8') !== text) return 'lost';
    writeSync(file, text, 0);
    return 'held';
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'lost' : 'unknown';
  } finally {
    if (file !== undefined) closeSync(file);
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

/** Of no more than 255 bytes, which file systems allow, for any path that keeps to it: a letter may be three. */
function temporaryName(path: string): string {
  const end = `.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  return join(dirname(path), basename(path).slice(0, 75) + end);
}
