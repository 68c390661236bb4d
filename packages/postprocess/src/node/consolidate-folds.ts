import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import type { Summary, SummaryFormat } from '@nnunet/metrics';
import { evaluateFolder, readSummary } from '@nnunet/metrics/node';
import { labelFiles } from '@nnunet/metrics/node/internal';
import type { Fold } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { withLock } from '@nnunet/store';
import { hashFile, MADE_FROM_FILE, type MadeFrom, requireOwnValidation, writeMadeFrom } from '@nnunet/store/internal';
import { copyFileAtomic } from '@nnunet/tensor/node/internal';
import type { CasePoolOptions } from './case-pool.ts';
import {
  type DeterminedPostprocessing,
  type DetermineStep,
  determinePostprocessing,
} from './determine-postprocessing.ts';
import { regionsOfModel } from './model-regions.ts';

/** File and folder names in a model folder. */
const RAW = 'cv_niftis_raw';
const FINAL = 'cv_niftis_postprocessed';

export interface CollectOptions extends Omit<CasePoolOptions, 'onProgress'>, SummaryFormat {
  /** `<results>/nnUNet/<CONFIG>/<TASK>/<TRAINER>__<PLANS>` */
  modelFolder: string;
  /** Default: 0 to 4. */
  folds?: readonly Fold[];
  /** Name of the folder of predictions in each fold. Default: 'validation_raw'. */
  validationFolder?: string;
  /** Folder of the reference label files. Default: the model's `gt_niftis`. */
  references?: string;
  onProgress?: (progress: { step: 'scoring' | DetermineStep; done: number; total: number; file: string }) => void;
}

export interface ConsolidateOptions extends CollectOptions {
  /** See {@link determinePostprocessing}. */
  advanced?: boolean;
}

/**
 * Copies the cross-validation predictions of all folds to `cv_niftis_raw` and scores them there (`summary.json`, with
 * the labels of the first fold, and the regions that the task asks for). Replaces an earlier folder.
 * Origin: v1's consolidate_postprocessing.py.
 *
 * @throws NnUNetError 'missing-model', 'missing-folds' naming the folds or cases, 'locked', and any error from reading
 * and writing
 */
export function collectFolds(options: CollectOptions): Promise<Summary> {
  return alone(options, (signal) => collect({ ...options, signal }));
}

async function collect(options: CollectOptions): Promise<Summary> {
  const { modelFolder, folds = [0, 1, 2, 3, 4], validationFolder = FILE_NAMES.validation, workers, signal } = options;
  const references = options.references ?? join(modelFolder, 'gt_niftis');
  const folders = folds.map((fold) => join(modelFolder, foldFolderName(fold), validationFolder));
  const missing = folds.filter((_, i) => !existsSync(folders[i]!));
  if (missing.length > 0)
    throw missingFolds(modelFolder, `no ${validationFolder} of ${missing.map(foldFolderName).join(', ')}`);
  for (const fold of folds) await requireOwnValidation(join(modelFolder, foldFolderName(fold)), validationFolder);
  const files = await predictionsOf(folders);
  const unpredicted = (await labelFiles(references)).filter((name) => !files.has(name));
  if (unpredicted.length > 0) {
    throw missingFolds(modelFolder, `folds ${folds.join(', ')} contain no prediction of ${listed(unpredicted)}`);
  }
  const { results, ignore_label: ignoreLabel } = await readSummary(join(folders[0]!, 'summary.json'));
  const labels = Object.keys(results.mean)
    .filter((key) => /^-?\d+$/.test(key))
    .map(Number);
  const raw = join(modelFolder, RAW);
  const sources = await collectedSources({ ...options, folds });
  await mkdir(raw, { recursive: true });
  // Scores come last: until then, the folder does not count as made from these folds.
  for (const name of [MADE_FROM_FILE, 'summary.json']) await rm(join(raw, name), { force: true });
  for (const name of await readdir(raw)) if (!files.has(name)) await rm(join(raw, name), { recursive: true });
  for (const [name, from] of files) {
    signal?.throwIfAborted();
    await copyFileAtomic(from, join(raw, name));
  }
  const summary = await evaluateFolder({
    reference: references,
    predictions: raw,
    labels: labels.sort((a, b) => a - b),
    regions: await regionsOfModel(modelFolder),
    ignoreLabel,
    bareNaN: options.bareNaN,
    workers,
    // Already reported by the validation of each fold.
    grid: { elsewhere: 'warn' },
    signal,
    onProgress: (progress) => options.onProgress?.({ ...progress, step: 'scoring' }),
  });
  await writeMadeFrom(raw, sources);
  return summary;
}

/** Returns the current sources of a model's collected cross-validation: predictions of all folds and references. */
export async function collectedSources(options: CollectOptions): Promise<MadeFrom> {
  const { modelFolder, folds = [0, 1, 2, 3, 4], validationFolder = FILE_NAMES.validation, signal } = options;
  const references = options.references ?? join(modelFolder, 'gt_niftis');
  const sources: MadeFrom['sources'] = {};
  for (const fold of folds) {
    const folder = join(modelFolder, foldFolderName(fold), validationFolder);
    if (!existsSync(folder)) continue;
    for (const name of await labelFiles(folder)) {
      sources[`${foldFolderName(fold)}/${name}`] = await hashFile(join(folder, name), { signal });
      const reference = join(references, name);
      if (existsSync(reference)) sources[`references/${name}`] = await hashFile(reference, { signal });
    }
  }
  return { sources };
}

/**
 * Runs {@link collectFolds}, then {@link determinePostprocessing} on the result: writes `cv_niftis_postprocessed` and
 * `postprocessing.json` to the model folder.
 * Origin: v1's consolidate_folds (nnUNet_determine_postprocessing). Any folds are allowed, with or without fold 0.
 *
 * @throws NnUNetError 'missing-model', 'missing-folds', 'locked', and any error from reading and writing
 */
export function consolidateFolds(options: ConsolidateOptions): Promise<DeterminedPostprocessing> {
  const { modelFolder, advanced, bareNaN, workers, onProgress } = options;
  return alone(options, async (signal) => {
    await collect({ ...options, signal });
    return await determinePostprocessing({
      baseFolder: modelFolder,
      references: options.references ?? join(modelFolder, 'gt_niftis'),
      rawFolder: RAW,
      finalFolder: FINAL,
      advanced,
      bareNaN,
      workers,
      grid: { elsewhere: 'warn' },
      signal,
      onProgress,
    });
  });
}

/** Only one process at a time may create these folders of a model. */
async function alone<T>(
  { modelFolder, signal }: CollectOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!existsSync(modelFolder)) {
    throw new NnUNetError('missing-model', {
      what: 'this model folder does not exist',
      where: modelFolder,
      remedy: 'Train this configuration first, or check trainer and plans (`trainer`, `plansIdentifier`).',
    });
  }
  const purpose = 'collecting the cross-validation of this model';
  return withLock(join(modelFolder, '.cv_niftis.lock'), { purpose, signal }, work);
}

/** Maps file names to paths over all folders. */
async function predictionsOf(folders: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const folder of folders) for (const name of await labelFiles(folder)) files.set(name, join(folder, name));
  return files;
}

function missingFolds(where: string, what: string): NnUNetError {
  return new NnUNetError('missing-folds', {
    what,
    where,
    remedy:
      'Train and validate all folds first (nnUNet_train … FOLD, with `validationOnly` where only the validation is missing).',
  });
}
