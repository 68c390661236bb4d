import { readdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileError } from './file-error.ts';

/**
 * Lists the files of a folder with a given extension, sorted, without hidden ones. @throws NnUNetError 'missing-file',
 * 'no-access', …
 */
export async function filesIn(folder: string, ending: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(ending) && !name.startsWith('.')).sort();
  } catch (cause) {
    throw fileError(cause, folder);
  }
}

/** Like {@link filesIn}, but without the extension. */
export async function stemsIn(folder: string, ending: string): Promise<string[]> {
  return (await filesIn(folder, ending)).map((name) => name.slice(0, -ending.length));
}

/** Whether two paths lead to the same folder, following links. Folders that do not exist are compared by path. */
export async function isSameFolder(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => realpath(path).catch(() => resolve(path))));
  return first === second;
}
