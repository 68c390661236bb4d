import { constants } from 'node:fs';
import { chmod, copyFile, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { fileError } from './file-error.ts';
import { temporaryName } from './write-file-atomic.ts';

const CHUNK = 1 << 20;

/**
 * Copies a file so that others see the old file or the whole new one, never a part. The copy is a file of our own: it gets
 * the rights of a new file, not those of a source that may be read-only. Where the target holds the same bytes already,
 * nothing is written.
 *
 * @throws NnUNetError 'missing-file', 'no-access', 'disk-full', … naming the file that it concerns
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

/**
 * Copies to a new file with the rights of a new file, for a folder that no one reads yet. Throws the system's own errors.
 */
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
