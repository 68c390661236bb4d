import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isNnUNetError, usageError } from '@nnunet/errors';
import { CONFIGURATIONS, type Roots } from '@nnunet/schema';
import { datasetName, isDatasetName, joinPath, matchTask, nearestTasks, needAnyRoot } from '@nnunet/schema/internal';

/**
 * Resolves a task of v1 given by id or name. A name is returned unchanged (the task may not exist yet). An id is looked up
 * in the raw, cropped, preprocessed and results folders, skipping those that are not set or do not exist.
 *
 * @param instead the command for datasets of nnU-Net v2, in which DATASET stands for the name
 * @throws NnUNetError 'usage', also for a dataset of nnU-Net v2; 'unknown-task', 'ambiguous-task'
 */
export async function resolveTask(task: string | number, roots: Roots, instead?: string): Promise<string> {
  const datasets = isDatasetName(String(task)) ? [String(task)] : [];
  try {
    if (datasets.length === 0) return await resolveAmong(task, roots, isTaskName);
  } catch (cause) {
    if (!isNnUNetError(cause, 'unknown-task')) throw cause;
    datasets.push(...(await datasetsWithId(Number(task), roots)));
    if (datasets.length === 0) throw cause;
  }
  throw usageError({
    what: `${datasets[0]} is a dataset of nnU-Net v2, and this command works on tasks of v1 (TaskNNN_NAME)`,
    remedy:
      instead === undefined
        ? `Convert it to a task of v1 (nnUNet_convert_dataset_from_v2 -d ${datasets[0]}); docs/from_nnunet_v2.md lists the commands for datasets of v2.`
        : `Use: ${instead.replaceAll('DATASET', datasets[0]!)}`,
  });
}

/**
 * Resolves a task of v1 or a dataset of nnU-Net v2: like {@link resolveTask}, for commands that work on both. Datasets are
 * looked up in the raw, preprocessed and results folders.
 * @throws NnUNetError 'usage', 'unknown-task', 'ambiguous-task'
 */
export async function resolveAnyTask(task: string | number, roots: Roots): Promise<string> {
  if (isDatasetName(String(task))) return String(task);
  return resolveAmong(task, roots, (name) => isTaskName(name) || isDatasetName(name));
}

/**
 * Resolves a task of v1, or a dataset of nnU-Net v2 that has models in the results folder: like {@link resolveAnyTask}, but
 * datasets without models do not count.
 * @throws NnUNetError 'usage', 'unknown-task', 'ambiguous-task'
 */
export async function resolveTrainedTask(task: string, roots: Roots): Promise<string> {
  if (isDatasetName(task)) return task;
  const trained = new Set(roots.results ? (await subfolders(roots.results)).filter(isDatasetName) : []);
  return resolveAmong(task, roots, (name) => isTaskName(name) || trained.has(name));
}

/**
 * Resolves a dataset of nnU-Net v2 given by id or name; tasks of v1 with the same id do not count.
 *
 * @param instead the command for tasks of v1, in which TASK stands for the name
 * @throws NnUNetError 'usage', also for a task of v1; 'unknown-task', 'ambiguous-task'
 */
export async function resolveDataset(dataset: string | number, roots: Roots, instead?: string): Promise<string> {
  if (isDatasetName(String(dataset))) return String(dataset);
  const tasks = isTaskName(String(dataset)) ? [String(dataset)] : [];
  try {
    if (tasks.length === 0) return await resolveAmong(dataset, roots, isDatasetName);
  } catch (cause) {
    if (!isNnUNetError(cause, 'unknown-task')) throw cause;
    const own = await resolveAmong(dataset, roots, isTaskName).catch(() => null);
    if (own === null) throw cause;
    tasks.push(own);
  }
  throw usageError({
    what: `${tasks[0]} is a task of nnU-Net v1, and this command works on datasets of v2 (DatasetNNN_NAME)`,
    remedy:
      instead === undefined
        ? 'Use the command without v2 in its name, or convert the task: nnUNetv2_convert_old_nnUNet_dataset.'
        : `Use: ${instead.replace('TASK', tasks[0]!)}`,
  });
}

/**
 * Resolves a task of v1, or if there is none a dataset of nnU-Net v2, for commands that follow the rules of either.
 * @throws NnUNetError 'usage', 'unknown-task', 'ambiguous-task'
 */
export async function resolveTaskFirst(task: string | number, roots: Roots): Promise<string> {
  return resolveInOrder(task, roots, [isTaskName, isDatasetName]);
}

/**
 * Resolves a dataset of nnU-Net v2, or if there is none a task of v1, for commands that follow the rules of either.
 * @throws NnUNetError 'usage', 'unknown-task', 'ambiguous-task'
 */
export async function resolveDatasetFirst(dataset: string | number, roots: Roots): Promise<string> {
  return resolveInOrder(dataset, roots, [isDatasetName, isTaskName]);
}

async function resolveInOrder(
  task: string | number,
  roots: Roots,
  [first, second]: readonly [(name: string) => boolean, (name: string) => boolean],
): Promise<string> {
  if (isDatasetName(String(task))) return String(task);
  try {
    return await resolveAmong(task, roots, first);
  } catch (cause) {
    if (!isNnUNetError(cause, 'unknown-task')) throw cause;
    return resolveAmong(task, roots, second).catch((error: unknown) => {
      throw isNnUNetError(error, 'unknown-task') ? cause : error;
    });
  }
}

const isTaskName = (name: string) => name.startsWith('Task');

/** Names of the datasets of v2 with an id. */
async function datasetsWithId(id: number, roots: Roots): Promise<string[]> {
  const prefix = datasetName(id, '');
  return (await taskFolders(roots)).filter((name) => name.startsWith(prefix));
}

async function resolveAmong(task: string | number, roots: Roots, counts: (name: string) => boolean): Promise<string> {
  if (typeof task === 'string' && isTaskName(task)) return task;
  needAnyRoot(roots);
  const names = (await taskFolders(roots)).filter(counts);
  if (/^\d+$/.test(String(task))) return matchTask(Number(task), names, parentsOf(roots));
  throw usageError({
    what: `"${task}" is neither a task id nor a task name, such as 4 or Task004_Hippocampus`,
    remedy: nearestTasks(String(task), names),
  });
}

/** Lists all tasks of v1 on disk, sorted by name. */
export async function listTasks(roots: Roots): Promise<string[]> {
  const names = await taskFolders(roots);
  return [...new Set(names.filter((name) => /^Task\d{3}/.test(name)))].sort();
}

/** The root folders that are set; if all are in one folder, as below --root, that folder. */
function parentsOf({ rawBase, rawDatasets, preprocessed, results }: Roots): string[] {
  const given = [rawBase, rawDatasets, preprocessed, results].filter(Boolean) as string[];
  const parents = new Set(given.map((folder) => dirname(folder)));
  return given.length >= 3 && parents.size === 1 ? [...parents] : given;
}

/** Names of the folders that may be those of tasks. */
async function taskFolders(roots: Roots): Promise<string[]> {
  return (await Promise.all(searchedFolders(roots).map(subfolders))).flat();
}

function searchedFolders({ rawBase, rawDatasets, preprocessed, results }: Roots): string[] {
  const folders: string[] = [];
  if (preprocessed) folders.push(preprocessed);
  if (rawDatasets) folders.push(rawDatasets);
  if (rawBase) folders.push(joinPath(rawBase, 'nnUNet_raw_data'), joinPath(rawBase, 'nnUNet_cropped_data'));
  if (results) folders.push(results, ...CONFIGURATIONS.map((name) => joinPath(results, 'nnUNet', name)));
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
