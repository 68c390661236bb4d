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
  /** Crop cases again even if their files exist. Default: false. */
  overwrite?: boolean;
  /** Where label files are copied. Default: `gt_segmentations` in `outFolder`; null copies none. */
  groundTruthFolder?: string | null;
  /** Allowed label values. Default: not checked. */
  declaredLabels?: readonly number[];
  /** Called before the first case is cropped; not called if all cases are kept. */
  onBegin?: () => Promise<void>;
  /** The recorded hash of each raw file, for cases that do not record their own sources. */
  recorded?: CaseSources | null;
}

export interface CropOutcome {
  /** Hashes of all raw files, by folder and name. */
  hashes: CaseSources;
  /** Notices about the files, such as non-finite voxels counted as 0 or rounded labels. */
  notices: string[];
}

/** Estimated memory per byte of compressed file: float32 voxels, in several copies. */
const INFLATION = 40;

/**
 * Crops all cases of a task in threads (v1's ImageCropper.run_cropping). Label files are always copied to
 * `gt_segmentations`. A case whose `.npz` and properties (`.json`, or v1's `.pkl`) exist is kept, unless its files have
 * changed since or `overwrite` is set. A case that does not record its sources, such as one cropped by v1, is kept
 * unless `recorded` says otherwise.
 *
 * @throws as {@link runCaseJobs}; errors of single cases are 'bad-case', 'bad-labels', 'undeclared-labels',
 *   'bad-nifti', 'missing-file', 'changed-file', …
 */
export async function cropTask(options: CropTaskOptions): Promise<CropOutcome> {
  const { cases, outFolder, overwrite = false, recorded = null, declaredLabels, signal } = options;
  const { groundTruthFolder = join(outFolder, 'gt_segmentations') } = options;
  await mkdir(outFolder, { recursive: true });
  const hashes: CaseSources = {};
  const jobs: CaseJob[] = [];
  for (const raw of cases) {
    // An unreadable file fails its own case later.
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

/** Whether a complete cropped case exists that was made from these files, as far as is known. */
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

/** Returns 0 for a missing file; reading it reports the error. */
async function sizeOfFile(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}
