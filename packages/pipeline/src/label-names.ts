import { existsSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, knownRawFolder, preprocessedFolder } from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';
import { resolveTask } from '@nnunet/store/internal';

/** Returns the names of the labels of a task of v1; none if its dataset.json is not available. */
export async function labelNamesOf(roots: Roots, task: string): Promise<Record<string, string>> {
  const name = await unlessUnknown(resolveTask(task, roots));
  const file = name === null ? undefined : datasetFileOf(roots, name);
  return file === undefined ? {} : (await readDatasetDescription(file)).labels;
}

/** dataset.json of a task, raw or prepared; undefined if there is none. */
export function datasetFileOf(roots: Roots, task: string): string | undefined {
  const folders = [knownRawFolder(roots, task), roots.preprocessed === null ? null : preprocessedFolder(roots, task)];
  const files = folders.flatMap((folder) => (folder === null ? [] : [joinPath(folder, FILE_NAMES.dataset)]));
  return files.find((path) => existsSync(path));
}

/** The name of a task; null if it is not on the disk. */
export function unlessUnknown(name: Promise<string>): Promise<string | null> {
  return name.catch((error: unknown) => {
    if (isNnUNetError(error, 'unknown-task')) return null;
    throw error;
  });
}
