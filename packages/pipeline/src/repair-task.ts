import { assertIntact } from '@nnunet/dataset';
import { type RepairChange, repairDataset, verifyDataset } from '@nnunet/dataset/node';
import { NnUNetError } from '@nnunet/errors';
import { requireInteger, requirePositive } from '@nnunet/errors/internal';
import type { Roots } from '@nnunet/schema';
import { rawFolder, taskName, taskPrefix } from '@nnunet/schema/internal';
import { listTasks, resolveTask } from '@nnunet/store/internal';
import type { Reporter } from './reporter.ts';
import { tellFaults } from './tell-faults.ts';

export interface RepairTaskOptions {
  roots: Roots;
  /** Id or name of the raw task, whose files are only read. */
  task: string;
  /** Id of the corrected copy. */
  outputTaskId: number;
  /** Copy the geometry if images lie less than this many voxels apart. Default: 0.5. */
  maxShift?: number;
  /** Copy the geometry however far apart the images lie. */
  copyGeometry: boolean;
  nanToZero: boolean;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** Datasets of v2 are repaired as tasks. */
const REPAIR_V2 =
  'nnUNet_convert_dataset_from_v2 -d DATASET, then this command on the task, then nnUNetv2_convert_old_nnUNet_dataset on the copy';

/**
 * Writes a corrected copy of a raw task under another id and checks it. Returns the copy's folder and the changes.
 *
 * @throws NnUNetError 'dataset-integrity' if the copy, which is kept, still has faults; the errors of repairDataset
 */
export async function repairTask(options: RepairTaskOptions): Promise<{ folder: string; changes: RepairChange[] }> {
  const { roots, outputTaskId, maxShift, copyGeometry, nanToZero, reporter, signal } = options;
  requireInteger('outputTaskId', outputTaskId, 0);
  requirePositive('maxShift', maxShift);
  const task = await resolveTask(options.task, roots, REPAIR_V2);
  const taken = (await listTasks(roots)).find((name) => name.startsWith(`${taskPrefix(outputTaskId)}_`));
  if (taken !== undefined) {
    throw new NnUNetError('exists', {
      what: `a task with the id ${outputTaskId} already exists: ${taken}`,
      where: '`outputTaskId`',
      remedy: 'Choose another id for the copy, or remove the task.',
    });
  }
  const folder = rawFolder(roots, taskName(outputTaskId, task.replace(/^Task\d+_?/, '')));
  const changes = await repairDataset({
    taskFolder: rawFolder(roots, task),
    outputFolder: folder,
    copyGeometry,
    nanToZero,
    ...(maxShift === undefined ? {} : { maxShift }),
    ...(signal === undefined ? {} : { signal }),
    onProgress: ({ done, total, file }) => reporter.progress({ what: 'correcting', done, total, note: file }),
  });
  for (const { file, what } of changes) reporter.message(`${file}: ${what}`);
  const { faults, files } = await verifyDataset({
    taskFolder: folder,
    signal,
    onProgress: ({ done, total, file }) => reporter.progress({ what: 'checking the copy', done, total, note: file }),
  });
  reporter.progress({ what: 'checking the copy', done: files, total: files });
  assertIntact(faults, folder);
  tellFaults(faults, reporter);
  return { folder, changes };
}
