import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileError } from '@nnunet/tensor/node/internal';

/** A guard is held for milliseconds; an older one was left behind by a killed process. */
const OLD_GUARD = 10_000;

export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(cause, path);
  }
}

/**
 * Creates a file exclusively. A link to a complete file either appears or fails with EEXIST, so nobody ever reads an
 * incomplete lock.
 */
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
      return await writeExclusively(path, text); // A file system without hard links.
    }
  } catch (cause) {
    throw fileError(cause, path);
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Replaces a lock file that was judged to be abandoned. The replacing process holds a guard file and judges again
 * first, so that only one of several processes replaces it and a fresh lock is never replaced.
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
 * Returns the milliseconds since a file was last touched, by the file server's clock, which is read from a newly
 * created file next to it. The clocks of this machine and of the one that touched the file are irrelevant. Null if the
 * file is gone.
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
 * Touches a lock file if it contains this text. The same bytes are written again, so that the file server sets the
 * time. This is synchronous, because a busy thread returns to the event loop only briefly.
 *
 * @returns 'lost' if the file is gone or belongs to another process, 'unknown' if the file system did not answer
 */
export function touchLock(path: string, text: string): 'held' | 'lost' | 'unknown' {
  let file: number | undefined;
  try {
    file = openSync(path, 'r+');
    // The open file stays the one that was read, even if its name is given to another file meanwhile.
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

/**
 * At most 255 bytes, the limit of file systems, if the path itself keeps to it: a character may take three bytes. The
 * ending is not that of other incomplete files, since the owner of a lock clears those from the folder while others
 * still ask for it.
 */
function temporaryName(path: string): string {
  const end = `.${process.pid}.${randomBytes(6).toString('hex')}.claim`;
  return join(dirname(path), basename(path).slice(0, 75) + end);
}
