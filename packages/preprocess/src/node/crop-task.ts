import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { hashSettings } from '@nnunet/store/internal';
import { type CaseJob, type JobOptions, runCaseJobs } from './case-jobs.ts';
import { type CaseSources, type RawState, RULES, sourcesOfCropped, stateOfRawCase } from './case-sources.ts';
import type { RawCase } from './raw-case.ts';

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
  /** Called before the first case is cropped, and not where all are kept. */
  onBegin?: () => Promise<void>;
  /** What is known of cases that do not tell themselves what they were made from: hash of each raw file. */
  recorded?: CaseSources | null;
}

export interface CropOutcome {
  /** Of all raw files, by folder and name. */
  hashes: CaseSources;
  /** What is to be told of the files: voxels that were not finite and count as 0, labels that were rounded. */
  notices: string[];
}

/** Voxels may take this many times the bytes of their compressed file, as float32, several copies. */
const INFLATION = 40;

/**
 * Crops all cases of a task from their files, in threads (v1's ImageCropper.run_cropping): label files are copied to
 * `gt_segmentations` always; a case whose `.npz` and properties (`.json`, or v1's `.pkl`) exist is left as it is, unless
 * its files have changed since, or `overwrite`. One that does not tell what it was made from, such as v1's own, is taken as
 * it is unless `recorded` tells it.
 *
 * @throws as {@link runCaseJobs}; a case's own error is 'bad-case', 'bad-labels', 'undeclared-labels', 'bad-nifti',
 * 'missing-file', 'changed-file', …
 */
export async function cropTask(options: CropTaskOptions): Promise<CropOutcome> {
  const { cases, outFolder, overwrite = false, recorded = null, declaredLabels, signal } = options;
  const { groundTruthFolder = join(outFolder, 'gt_segmentations') } = options;
  await mkdir(outFolder, { recursive: true });
  const hashes: CaseSources = {};
  const jobs: CaseJob[] = [];
  for (const raw of cases) {
    // A file that cannot be read fails its own case, when its turn comes.
    const state = await stateOfRawCase(raw, { signal }).catch((error: unknown): RawState => {
      signal?.throwIfAborted();
      if (!isNnUNetError(error)) throw error;
      return { hashes: {}, stamps: {} };
    });
    Object.assign(hashes, state.hashes);
    const copyOnly = !overwrite && (await isCropped(outFolder, raw.id, state, recorded));
    const sizes = copyOnly ? [0] : await Promise.all(raw.images.map(sizeOfFile));
    const memory = INFLATION * sizes.reduce((a, b) => a + b, 0);
    const task = { kind: 'crop', raw, outFolder, groundTruthFolder, state, copyOnly, declaredLabels } as const;
    jobs.push({ id: raw.id, memory, task });
  }
  if (!jobs.every(({ task }) => task.kind === 'crop' && task.copyOnly)) await options.onBegin?.();
  return { hashes, notices: await runCaseJobs(jobs, options) };
}

/** Whether a whole case is there that was made from these files, as far as that is known. */
async function isCropped(
  folder: string,
  id: string,
  { hashes }: RawState,
  recorded: CaseSources | null,
): Promise<boolean> {
  const present = (ending: string): boolean => existsSync(join(folder, id + ending));
  if (!present('.npz') || !(present('.json') || present('.pkl'))) return false;
  const own = await sourcesOfCropped(folder, id);
  if (own !== null) return hashSettings(own) === hashSettings({ ...hashes, ...RULES });
  return recorded === null || Object.keys(hashes).every((name) => recorded[name] === hashes[name]);
}

/** 0 for a file that is not there: reading it tells. */
async function sizeOfFile(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}
