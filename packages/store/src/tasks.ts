import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { usageError } from '@nnunet/errors';
import { CONFIGURATIONS, type Roots } from '@nnunet/schema';
import { isDatasetName, joinPath, matchTask, nearestTasks, needAnyRoot } from '@nnunet/schema/internal';

/**
 * Resolves a task given by id or name. A name is returned unchanged (the task may not exist yet). An id is looked up in
 * the raw, cropped, preprocessed and results folders, skipping those that are not set or do not exist.
 * @throws NnUNetError 'usage', 'unknown-task', 'ambiguous-task'
 */
export async function resolveTask(task: string | number, roots: Roots): Promise<string> {
  return resolveAmong(task, roots, []);
}

/**
 * Resolves a task whose trained models are wanted: like {@link resolveTask}, but also finds the datasets of nnU-Net v2
 * whose models are installed in the results folder.
 * @throws NnUNetError 'usage', 'unknown-task', 'ambiguous-task'
 */
export async function resolveTrainedTask(task: string, roots: Roots): Promise<string> {
  if (isDatasetName(task)) return task;
  const { results } = roots;
  return resolveAmong(task, roots, results ? (await subfolders(results)).filter(isDatasetName) : []);
}

async function resolveAmong(task: string | number, roots: Roots, datasets: readonly string[]): Promise<string> {
  if (typeof task === 'string' && task.startsWith('Task')) return task;
  needAnyRoot(roots);
  const names = [...(await taskFolders(roots)).filter((name) => name.startsWith('Task')), ...datasets];
  if (/^\d+$/.test(String(task))) return matchTask(Number(task), names, parentsOf(roots));
  throw usageError({
    what: `"${task}" is neither a task id nor a task name, such as 4 or Task004_Hippocampus`,
    remedy: nearestTasks(String(task), names),
  });
}

/** Lists all tasks on disk, sorted by name. */
export async function listTasks(roots: Roots): Promise<string[]> {
  const names = await taskFolders(roots);
  return [...new Set(names.filter((name) => /^Task\d{3}/.test(name)))].sort();
}

/** The root folders that are set; if all are in one folder, as below --root, that folder. */
function parentsOf({ rawBase, preprocessed, results }: Roots): string[] {
  const given = [rawBase, preprocessed, results].filter((folder) => folder !== null && folder !== '') as string[];
  const parents = new Set(given.map((folder) => dirname(folder)));
  return given.length === 3 && parents.size === 1 ? [...parents] : given;
}

/** Names of the folders that may be those of tasks. */
async function taskFolders(roots: Roots): Promise<string[]> {
  return (await Promise.all(searchedFolders(roots).map(subfolders))).flat();
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
