import { readdir } from 'node:fs/promises';
import { fileError } from '@nnunet/tensor/node/internal';

const SUFFIX = '.nii.gz';

/** Sorted names of a folder's label files. @throws NnUNetError 'missing-file', 'no-access' */
export async function labelFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.')).sort();
  } catch (cause) {
    throw fileError(cause, folder);
  }
}
