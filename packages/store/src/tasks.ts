import { readdir } from 'node:fs/promises';
import { usageError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import { CONFIGURATIONS, type Roots } from '@nnunet/schema';
import { joinPath, matchTask } from '@nnunet/schema/internal';

/**
 * Resolves a task given by id or name. A name is returned unchanged (the task may not exist yet). An id is looked up in
 * the raw, cropped, preprocessed and results folders, skipping those that are not set or do not exist.
 * @throws NnUNetError 'usage', 'unknown-task', 'ambiguous-task'
 */
export async function resolveTask(task: string | number, roots: Roots): Promise<string> {
  if (typeof task === 'string' && task.startsWith('Task')) return task;
  if (!/^\d+$/.test(String(task))) {
    throw usageError({
      what: `"${task}" is neither a task id nor a task name, such as 4 or Task004_Hippocampus`,
      remedy: nearestNames(task as string, await listTasks(roots)),
    });
  }
  const folders = searchedFolders(roots);
  const names = (await Promise.all(folders.map(subfolders))).flat();
  return matchTask(Number(task), names, folders);
}

/** Lists all tasks on disk, sorted by name. */
export async function listTasks(roots: Roots): Promise<string[]> {
  const names = (await Promise.all(searchedFolders(roots).map(subfolders))).flat();
  return [...new Set(names.filter((name) => /^Task\d{3}/.test(name)))].sort();
}

function searchedFolders({ rawBase, preprocessed, results }: Roots): string[] {
  const folders: string[] = [];
  if (preprocessed) folders.push(preprocessed);
  if (rawBase) folders.push(joinPath(rawBase, 'nnUNet_raw_data'), joinPath(rawBase, 'nnUNet_cropped_data'));
  if (results) for (const name of CONFIGURATIONS) folders.push(joinPath(results, 'nnUNet', name));
  return folders;
}

async function subfolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
  } catch {
    return [];
  }
}
