import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Lock } from '@nnunet/store';
import type { FoldFolder } from './fold-folder.ts';

/**
 * Creates a fold's folder and works in it while other trainings are locked out. If the folder was created for the work
 * and is empty afterwards because the work was refused, it is deleted: prediction would mistake it for a trained fold.
 *
 * @throws NnUNetError 'locked', and any error from `work`
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
