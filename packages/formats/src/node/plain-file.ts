import { copyFile, lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { fileError } from '@nnunet/tensor/node/internal';

/**
 * Calls `use` with the absolute path of a file that WebAssembly can read: it sees the file's folder alone, so that links
 * lead nowhere, and knows endings in lower case only. Where that is in the way, with that of a copy, removed afterwards.
 *
 * @throws NnUNetError 'missing-file', 'no-access'
 */
export async function withPlainFile<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  const name = basename(path);
  const plainName = name.slice(0, name.length - extname(name).length) + extname(name).toLowerCase();
  if (plainName === name && !(await isLink(path))) return use(resolve(path));
  const folder = await mkdtemp(join(tmpdir(), 'nnunet-formats-'));
  try {
    await copyFile(path, join(folder, plainName)).catch((cause) => {
      throw fileError(cause, path);
    });
    return await use(join(folder, plainName));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (cause) {
    throw fileError(cause, path);
  }
}
