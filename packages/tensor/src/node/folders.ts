import { constants, existsSync } from 'node:fs';
import { access, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { usageError } from '@nnunet/errors';
import { fileError, folderError } from './file-error.ts';

/** Lists everything in a folder, sorted. @throws NnUNetError 'missing-folder', 'not-a-folder', 'no-access', … */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    throw folderError(cause, folder);
  }
}

/** Like {@link namesIn}, but only the files with a given extension, without hidden ones. */
export async function filesIn(folder: string, ending: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => name.endsWith(ending) && !name.startsWith('.'));
}

/** Like {@link filesIn}, but without the extension. */
export async function stemsIn(folder: string, ending: string): Promise<string[]> {
  return (await filesIn(folder, ending)).map((name) => name.slice(0, -ending.length));
}

/** Whether a path leads to a folder, following links. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

/** Whether two paths lead to the same file or folder, following links. What does not exist is compared by path. */
export async function isSamePath(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => realpath(path).catch(() => resolve(path))));
  return first === second;
}

/**
 * Requires that files can be written to a folder, which may have to be created.
 *
 * @throws NnUNetError 'usage' if a file is in its way, 'no-access'
 */
export async function requireWritable(folder: string): Promise<void> {
  let existing = resolve(folder);
  while (!existsSync(existing)) existing = dirname(existing);
  if (!(await isFolder(existing)))
    throw usageError({ what: 'is a file, not a folder', where: existing, remedy: 'Give another output folder.' });
  await access(existing, constants.W_OK).catch((cause) => {
    throw fileError(cause, existing);
  });
}

/**
 * Moves a finished folder into place; an older one is first moved aside and finally removed. Throws system errors.
 *
 * @returns whether there was an older one
 */
export async function replaceFolder(finished: string, folder: string): Promise<boolean> {
  const old = `${finished}.old`;
  let replaced = true;
  try {
    await rename(folder, old);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    replaced = false;
  }
  try {
    await rename(finished, folder);
  } catch (cause) {
    if (replaced) await rename(old, folder);
    throw cause;
  }
  if (replaced) await rm(old, { recursive: true, force: true });
  return replaced;
}
