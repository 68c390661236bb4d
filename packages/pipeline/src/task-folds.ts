import { join } from 'node:path';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, preprocessedFolder } from '@nnunet/schema/internal';
import { readSplits } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';

/** v1's folds, for tasks whose splits are missing, for example if only results were copied. */
const USUAL_FOLDS = [0, 1, 2, 3, 4];

/**
 * Returns the folds of a task's cross-validation from its splits_final.json; nnUNet_splits or the user may have chosen
 * another number than five.
 *
 * @param task name of the task
 * @throws NnUNetError the errors of readSplits for a damaged file
 */
export async function foldsOfTask(roots: Roots, task: string): Promise<number[]> {
  return roots.preprocessed === null ? USUAL_FOLDS : foldsIn(preprocessedFolder(roots, task));
}

/** The same, from the folder of a task's prepared data. */
export async function foldsIn(folder: string): Promise<number[]> {
  const file = join(folder, FILE_NAMES.splits);
  if (!jsonOrPickleExists(file)) return USUAL_FOLDS;
  return [...(await readSplits(file)).keys()];
}
