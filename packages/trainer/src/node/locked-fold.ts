import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Lock } from '@nnunet/store';
import type { FoldFolder } from './fold-folder.ts';

/**
 * Makes the folder of a fold, and works in it while other trainings are kept out. A folder that was made for the work and
 * is empty after it, since the work was refused, is removed again: prediction would take it for a trained fold.
 *
 * @throws NnUNetError 'locked', and what `work` throws
 */
export async function inLockedFold<T>(
  folder: FoldFolder,
  work: (lock: Lock) => Promise<T>,
  onTakeOver?: (message: string) => void,
): Promise<T> {
  const firstMade = await mkdir(folder.path, { recursive: true });
  try {
    const lock = await folder.lock(onTakeOver);
    try {
      return await work(lock);
    } finally {
      await lock.release();
    }
  } finally {
    if (firstMade !== undefined) await removeEmpty(folder.path, firstMade);
  }
}

/** Removes a folder and those around it up to `last`, as far as they are empty. */
async function removeEmpty(path: string, last: string): Promise<void> {
  for (let folder = path; folder.length >= last.length; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}
