import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type JobOptions, runCaseJobs } from './case-jobs.ts';
import type { RawCase } from './case-tasks.ts';

export interface CropTaskOptions extends JobOptions {
  cases: readonly RawCase[];
  /** `nnUNet_cropped_data/TaskNNN_X` */
  outFolder: string;
  /** Crop cases again whose files exist. */
  overwrite?: boolean;
  /** Where label files are copied to; `gt_segmentations` in the folder by default, null for nowhere. */
  groundTruthFolder?: string | null;
  /** Label values that may occur; not looked at where this is left out. */
  declaredLabels?: readonly number[];
}

/** Voxels may take this many times the bytes of their compressed file, as float32, several copies. */
const INFLATION = 40;

/**
 * Crops all cases of a task from their files, in threads (v1's ImageCropper.run_cropping): label files are copied to
 * `gt_segmentations` always; a case whose `.npz` and properties (`.json`, or v1's `.pkl`) exist is left as it is unless
 * `overwrite`.
 *
 * @returns what is to be told of the files: voxels that were not finite and count as 0, labels that were rounded
 * @throws as {@link runCaseJobs}; a case's own error is 'bad-case', 'bad-labels', 'undeclared-labels', 'bad-nifti',
 * 'missing-file', …
 */
export async function cropTask(options: CropTaskOptions): Promise<string[]> {
  const { cases, outFolder, overwrite = false, declaredLabels } = options;
  const { groundTruthFolder = join(outFolder, 'gt_segmentations') } = options;
  await mkdir(outFolder, { recursive: true });
  const jobs = await Promise.all(
    cases.map(async (raw) => {
      const copyOnly = !overwrite && isCropped(outFolder, raw.id);
      const sizes = copyOnly ? [0] : await Promise.all(raw.images.map(sizeOfFile));
      const memory = INFLATION * sizes.reduce((a, b) => a + b, 0);
      const task = { kind: 'crop', raw, outFolder, groundTruthFolder, copyOnly, declaredLabels } as const;
      return { id: raw.id, memory, task };
    }),
  );
  return await runCaseJobs(jobs, options);
}

function isCropped(folder: string, id: string): boolean {
  const present = (ending: string): boolean => existsSync(join(folder, id + ending));
  return present('.npz') && (present('.json') || present('.pkl'));
}

/** 0 for a file that is not there: reading it tells. */
async function sizeOfFile(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}
