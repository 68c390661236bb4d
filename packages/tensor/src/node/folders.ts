import { readdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileError } from './file-error.ts';

/** Sorted names of a folder's files with an ending; hidden ones are left out. @throws NnUNetError 'missing-file', 'no-access', … */
export async function filesIn(folder: string, ending: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(ending) && !name.startsWith('.')).sort();
  } catch (cause) {
    throw fileError(cause, folder);
  }
}

/** {@link filesIn}, without the ending. */
export async function stemsIn(folder: string, ending: string): Promise<string[]> {
  return (await filesIn(folder, ending)).map((name) => name.slice(0, -ending.length));
}

/** Whether two paths lead to one folder, links followed. A folder that does not exist yet is no other one. */
export async function isSameFolder(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => realpath(path).catch(() => resolve(path))));
  return first === second;
}
