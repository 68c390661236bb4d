import { copyFile, lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileError } from '@nnunet/tensor/node';

/**
 * Calls `use` with the absolute path of a file that WebAssembly can read: it sees the file's folder alone, so that links
 * lead nowhere, and knows endings in lower case only. Where that is in the way, with that of a copy, removed afterwards.
 *
 * @param companions - names of the files beside it that belong to it
 * @throws NnUNetError 'missing-file', 'no-access'
 */
export async function withPlainFile<T>(
  path: string,
  companions: readonly string[],
  use: (path: string) => Promise<T>,
): Promise<T> {
  const name = basename(path);
  const plainName = name.slice(0, name.length - extname(name).length) + extname(name).toLowerCase();
  const files = [name, ...companions].map((file) => join(dirname(path), file));
  const links = await Promise.all(files.map(isLink));
  if (plainName === name && !links.includes(true)) return use(resolve(path));
  const folder = await mkdtemp(join(tmpdir(), 'nnunet-formats-'));
  try {
    for (const [i, file] of files.entries()) {
      await copyFile(file, join(folder, i === 0 ? plainName : companions[i - 1])).catch((cause) => {
        throw fileError(cause, file);
      });
    }
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
