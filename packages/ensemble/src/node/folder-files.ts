import { readdir } from 'node:fs/promises';
import { fileError } from '@nnunet/tensor/node/internal';

/** Sorted names of a folder's files with an ending, without it. @throws NnUNetError 'missing-file', 'no-access' */
export async function stemsIn(folder: string, ending: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(ending) && !name.startsWith('.'));
    return names.map((name) => name.slice(0, -ending.length)).sort();
  } catch (cause) {
    throw fileError(cause, folder);
  }
}
