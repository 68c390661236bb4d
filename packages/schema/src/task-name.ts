import { NnUNetError, usageError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';

/** Returns a task name such as `Task004_Hippocampus`, with at least three digits. @throws NnUNetError 'usage' */
export function taskName(id: number, name: string): string {
  return `${taskPrefix(id)}_${name}`;
}

/** `Task004`. @throws NnUNetError 'usage' */
export function taskPrefix(id: number): string {
  if (!Number.isInteger(id) || id < 0) {
    throw usageError({ what: `${id} is not a task id`, remedy: 'Give an integer, such as 4 for Task004_Hippocampus.' });
  }
  return `Task${String(id).padStart(3, '0')}`;
}

/**
 * Returns the id of a task name. v1 reads only three digits, so Task1234_X has id 123; here all digits count, so that
 * this function is the inverse of {@link taskName}.
 * @throws NnUNetError 'usage'
 */
export function taskId(name: string): number {
  const match = /^Task(\d{3,})(?:_|$)/.exec(name);
  if (match === null) {
    throw usageError({ what: `"${name}" is not a task name`, remedy: 'Task names look like Task004_Hippocampus.' });
  }
  return Number(match[1]);
}

/** Returns the name of a dataset of nnU-Net v2, such as `Dataset004_Hippocampus`. @throws NnUNetError 'usage' */
export function datasetName(id: number, name: string): string {
  return `${taskPrefix(id).replace('Task', 'Dataset')}_${name}`;
}

/** Returns whether a name is one of nnU-Net v2's, such as `Dataset004_Hippocampus`. */
export function isDatasetName(name: string): boolean {
  return /^Dataset\d{3,}_/.test(name);
}

/**
 * Finds the task with an id among folder names (v1's convert_id_to_task_name). v1's prefix has no underscore, so id 4
 * also matches Task0041_X. That rule is kept for folders without an underscore, but a single exact `Task004_…` takes
 * precedence over longer numbers, where v1 fails. Datasets of v2 have exact names.
 * @param where the folders below which the names were searched, for the message
 * @throws NnUNetError 'unknown-task', 'ambiguous-task'
 */
export function matchTask(id: number, names: Iterable<string>, where: readonly string[]): string {
  const prefix = taskPrefix(id);
  const dataset = `${prefix.replace('Task', 'Dataset')}_`;
  const all = [...new Set(names)].filter((name) => name.startsWith(prefix) || name.startsWith(dataset)).sort();
  const exact = all.filter((name) => name === prefix || name.startsWith(`${prefix}_`) || name.startsWith(dataset));
  const candidates = exact.length > 0 ? exact : all;
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length === 0) {
    throw new NnUNetError('unknown-task', {
      what: `there is no task with id ${id}: no folder ${prefix}_… or ${dataset}… was found below ${where.join(', ')}`,
      remedy: nearestTasks(prefix, names),
    });
  }
  throw new NnUNetError('ambiguous-task', {
    what: `more than one task has the id ${id}: ${candidates.join(', ')}`,
    where: where.join(', '),
    remedy: 'Give the name instead of the id, or rename or move all but one of the folders: ids should be unique.',
  });
}

/** Returns a remedy for an unknown task, given all folder names. */
export function nearestTasks(task: string, names: Iterable<string>): string {
  const tasks = [...new Set(names)].filter((name) => /^Task\d{3}/.test(name) || isDatasetName(name)).sort();
  const check =
    'heck that `root` or the variables nnUNet_raw_data_base, nnUNet_preprocessed and RESULTS_FOLDER (v2: nnUNet_raw, nnUNet_preprocessed and nnUNet_results) are right.';
  return tasks.length === 0 ? `There are no tasks yet; c${check}` : nearestNames(task, tasks, `C${check}`);
}
