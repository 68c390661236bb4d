import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resampledShape } from '@nnunet/resample';
import type { CaseProperties, Plans } from '@nnunet/schema';
import { readCaseProperties } from '@nnunet/store';
import { modulesOf, type PreprocessingLookup } from '../preprocessor-registry.ts';
import { permuted } from '../transpose.ts';
import { type CaseJob, type JobOptions, runCaseJobs } from './case-jobs.ts';
import type { CaseSources } from './case-sources.ts';
import { listCroppedCases } from './cropped-files.ts';

/**
 * Threads know only preprocessors and normalisation schemes of modules (`loadPlugins`), not those added with `with`.
 */
export interface PreprocessTaskOptions extends JobOptions, PreprocessingLookup {
  /** `nnUNet_cropped_data/TaskNNN_X` */
  croppedFolder: string;
  /** Folder of the stage, `nnUNet_preprocessed/TaskNNN_X/<data_identifier>_stage<k>`. */
  outFolder: string;
  plans: Plans;
  stage: number;
  /** Default: all cases in the folder. */
  cases?: readonly string[];
  /** What each case is made from; stored with the case. */
  madeFrom?: Readonly<Record<string, CaseSources>>;
}

/** Memory beyond the arrays: a slab of spline coefficients and the thread itself. */
const OVERHEAD = 320 * 2 ** 20;

/**
 * Preprocesses all cropped cases of a task for one stage, in threads (v1's GenericPreprocessor.run). Existing cases are
 * overwritten. `maxMemory` limits how many cases are processed at a time.
 *
 * @throws as {@link runCaseJobs}; errors of single cases are 'missing-file', 'bad-cropped-case', 'bad-case', …
 */
export async function preprocessTask(options: PreprocessTaskOptions): Promise<void> {
  const { croppedFolder, outFolder, plans, stage, madeFrom } = options;
  const ids = options.cases ?? (await listCroppedCases(croppedFolder));
  await mkdir(outFolder, { recursive: true });
  const jobs: CaseJob[] = [];
  for (const id of ids) {
    const properties = await readCaseProperties(join(croppedFolder, `${id}.json`)).catch(() => null);
    const memory = properties === null ? 0 : preparationMemory(properties, plans, stage);
    const task = {
      kind: 'prepare',
      id,
      croppedFolder,
      outFolder,
      madeFrom: madeFrom?.[id],
      plans,
      stage,
      plugins: modulesOf(options),
    } as const;
    jobs.push({ id, memory, task });
  }
  await runCaseJobs(jobs, options);
}

/** Approximate peak memory, in bytes, of preprocessing a case. */
export function preparationMemory(properties: CaseProperties, plans: Plans, stage: number): number {
  const channels = plans.num_modalities + 1;
  const shape = permuted(properties.size_after_cropping, plans.transpose_forward);
  const spacing = permuted(properties.original_spacing, plans.transpose_forward);
  const target = plans.plans_per_stage[stage]?.current_spacing ?? spacing;
  const before = shape.reduce((a, b) => a * b, 1);
  const after = resampledShape(shape, spacing, target).reduce((a, b) => a * b, 1);
  // The archive and its array, one transposed channel, the result, and a copy while it is written.
  return OVERHEAD + 4 * (before * (2 * channels + 2) + after * 2 * channels);
}
