import { join } from 'node:path';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, preprocessedFolder } from '@nnunet/schema/internal';

/** Returns where preprocessing copied the label files of a task; undefined if the roots do not tell. */
export function currentReferences(roots: Roots, task: string): string | undefined {
  if (roots.preprocessed === null) return undefined;
  return join(preprocessedFolder(roots), task, FILE_NAMES.groundTruth);
}
