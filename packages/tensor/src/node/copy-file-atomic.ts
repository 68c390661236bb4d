import { constants } from 'node:fs';
import { chmod, copyFile, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { fileError } from './file-error.ts';
import { temporaryName } from './write-file-atomic.ts';

const CHUNK = 1 << 20;

/**
 * Copies a file atomically, so that others see either the old file or the complete new one. The copy gets the
 * permissions of a new file, not those of a source that may be read-only. If the target already contains the same
 * bytes, nothing is written.
 *
 * @throws NnUNetError 'missing-file', 'no-access', 'disk-full', … naming the affected file
 */
export async function copyFileAtomic(from: string, to: string): Promise<void> {
  const source = await open(from, 'r').catch((cause) => {
    throw fileError(cause, from);
  });
  const temporary = temporaryName(to);
  try {
    if (await isSameContent(source, to)) return;
    await copyAsOwn(from, temporary);
    const written = await open(temporary, 'r+');
    await written.sync().finally(() => written.close());
    await rename(temporary, to);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(cause, to);
  } finally {
    await source.close();
  }
}

/** Copies to a new file with the permissions of a new file, in a folder that nobody reads yet. Throws system errors. */
export async function copyAsOwn(from: string, to: string): Promise<void> {
  const made = await open(to, 'wx');
  const { mode } = await made.stat();
  await made.close();
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, mode);
}

async function isSameContent(source: FileHandle, path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile() || found.size !== (await source.stat()).size) return false;
  const target = await open(path, 'r').catch(() => null);
  if (target === null) return false;
  try {
    const [a, b] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
    for (let at = 0; at < found.size; at += CHUNK) {
      const { bytesRead } = await source.read(a, 0, CHUNK, at);
      await target.read(b, 0, CHUNK, at);
      if (a.compare(b, 0, bytesRead, 0, bytesRead) !== 0) return false;
    }
    return true;
  } finally {
    await target.close();
  }
}
