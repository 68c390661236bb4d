import { readdir } from 'node:fs/promises';
import { fileError } from '@nnunet/tensor/node';

const SUFFIX = '.nii.gz';

/** Sorted names of a folder's label files. @throws NnUNetError 'missing-file', 'no-access' */
export async function labelFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.')).sort();
  } catch (cause) {
    throw fileError(cause, folder);
  }
}

/** The first ten names without their ending, and how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => name.replace(SUFFIX, ''));
  return names.length > 10 ? `${shown.join(', ')} and ${names.length - 10} more` : shown.join(', ');
}
