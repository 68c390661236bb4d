import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, preprocessedFolder } from '@nnunet/schema/internal';
import { readSplits } from '@nnunet/store';

/** v1's folds, for tasks whose splits are not at hand, as where results alone were copied. */
const USUAL_FOLDS = [0, 1, 2, 3, 4];

/**
 * The folds of a task's cross-validation: those of its splits_final.json, which nnUNet_splits or the user may have made with
 * another number than five.
 * @param task name of the task
 * @throws NnUNetError as readSplits, for a file that is damaged
 */
export async function foldsOfTask(roots: Roots, task: string): Promise<number[]> {
  if (roots.preprocessed === null) return USUAL_FOLDS;
  const file = join(preprocessedFolder(roots, task), FILE_NAMES.splits);
  if (![file, file.replace(/\.json$/, '.pkl')].some(existsSync)) return USUAL_FOLDS;
  return [...(await readSplits(file)).keys()];
}
