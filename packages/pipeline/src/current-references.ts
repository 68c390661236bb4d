import { join } from 'node:path';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, preprocessedFolder } from '@nnunet/schema/internal';

/** Where preprocessing has copied the label files of a task to; undefined where the roots do not say. */
export function currentReferences(roots: Roots, task: string): string | undefined {
  if (roots.preprocessed === null) return undefined;
  return join(preprocessedFolder(roots), task, FILE_NAMES.groundTruth);
}
