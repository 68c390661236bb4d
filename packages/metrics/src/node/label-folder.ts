import { readdir } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';

/** Ending of the files that are compared. */
export const LABEL_SUFFIX = '.nii.gz';

/** Sorted names of a folder's label files. Throws 'missing-folder'. */
export async function labelFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(LABEL_SUFFIX) && !name.startsWith('.')).sort();
  } catch (cause) {
    throw new NnUNetError('missing-folder', {
      what: 'this folder cannot be read',
      where: folder,
      remedy: 'Check the path.',
      cause,
    });
  }
}

/** Throws 'missing-references' naming the predictions that have none. */
export function checkReferences(folder: string, references: readonly string[], predictions: readonly string[]): void {
  const unknown = predictions.filter((name) => !references.includes(name));
  if (unknown.length === 0 && references.length > 0) return;
  throw new NnUNetError('missing-references', {
    what:
      unknown.length > 0 ? `no reference for ${listed(unknown)}` : `there is no ${LABEL_SUFFIX} file to compare with`,
    where: folder,
    remedy: 'Name the folder that holds the reference labels of all predictions, or take the others out.',
  });
}
