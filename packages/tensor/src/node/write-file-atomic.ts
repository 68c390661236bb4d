import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from './file-error.ts';

/** Content of a file: text (UTF-8), bytes, or pieces that are written in sequence. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file atomically, so that others see either the old file or the complete new one: to a temporary file in the
 * same folder, flushed to disk, then renamed. If anything fails, the temporary file is removed.
 *
 * @throws NnUNetError 'disk-full', 'no-access', 'missing-file' (no such folder), … naming the file and the remedy
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  const temporary = temporaryName(path);
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'wx');
    for await (const chunk of pieces(content)) await writeFully(file, chunk);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (cause) {
    if (file) {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
    }
    throw fileError(cause, path);
  }
  await syncFolder(dirname(path));
}

/** Hidden temporary name for a file, of at most 255 bytes; a character may take three. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 75)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Removes incomplete files left by killed processes. Only for folders that no other process writes to. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (/^\..+\.[0-9a-f]{12}\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
}

function pieces(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, 2 ** 30));
    done += bytesWritten;
  }
}

/** Makes the rename itself durable. Some systems cannot open folders; the file is complete nevertheless. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Not supported here.
  } finally {
    await handle?.close();
  }
}
