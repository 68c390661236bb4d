import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { listed, requireInteger } from '@nnunet/errors/internal';
import { evaluateFolderV2, readSummaryV2 } from '@nnunet/metrics/node';
import { foregroundDiceV2, type SummaryV2 } from '@nnunet/metrics/v2';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, preprocessedFolder } from '@nnunet/schema/internal';
import { copyFileAtomic, filesIn, isFolder, namesIn } from '@nnunet/tensor/node/internal';
import type { Extensions } from '../extensions.ts';
import type { Reporter } from '../reporter.ts';
import { tellNotice } from '../tell-faults.ts';
import { scoredIn } from './evaluate-predictions.ts';
import { isNewer } from './is-newer.ts';
import { type ModelNameV2, modelFolderV2 } from './predict-cases.ts';
import { DATASET_V2, PLANS_V2, readPredictionFiles } from './prediction-files.ts';
import { copyImage } from './reader-formats.ts';

export interface CrossValidationOptions {
  roots: Roots;
  folds: readonly string[];
  workers: number;
  extensions?: Pick<Extensions, 'formats'>;
  reporter: Reporter;
  signal?: AbortSignal;
}

export interface AccumulateV2Options extends CrossValidationOptions {
  model: ModelNameV2;
  /** Must be empty or missing. Default: {@link crossValidationFolder} of the model, which is replaced. */
  outputFolder?: string | undefined;
}

/** Where v2 collects the validation of folds. */
export function crossValidationFolder(modelFolder: string, folds: readonly string[]): string {
  return joinPath(modelFolder, `crossval_results_folds_${folds.join('_')}`);
}

/**
 * Implements nnUNetv2_accumulate_crossval_results: brings the validation cases of all folds together and scores them.
 * Returns the folder and the
 * mean Dice of the classes that occur in any case.
 *
 * @throws NnUNetError 'usage', 'exists', 'missing-folder', 'missing-folds'; as `evaluateFolderV2`
 */
export async function accumulateCrossValidationV2(
  options: AccumulateV2Options,
): Promise<{ folder: string; meanDice: number }> {
  const { outputFolder, folds, workers, reporter } = options;
  requireInteger('workers', workers, 1);
  const modelFolder = await modelFolderV2(options.roots, options.model);
  if (outputFolder !== undefined && (await isFolder(outputFolder)) && (await namesIn(outputFolder)).length > 0) {
    throw new NnUNetError('exists', {
      what: 'this folder is not empty',
      where: outputFolder,
      remedy: 'Give an empty folder or none, as label maps that do not belong there would be scored.',
    });
  }
  reporter.message(`${modelFolder} (rules of nnU-Net v2)`);
  const folder = outputFolder ?? crossValidationFolder(modelFolder, folds);
  const summary = await collectCrossValidation({ ...options, modelFolder, folder, overwrite: true });
  return { folder, meanDice: foregroundDiceV2(summary) };
}

export interface CollectV2Options extends CrossValidationOptions {
  modelFolder: string;
  /** Where to. */
  folder: string;
  /** Collect again what is there, also if it is newer than every validation. */
  overwrite: boolean;
}

/** Collects the validation of folds and scores it. Origin: v2's evaluation/accumulate_cv_results.py. */
export async function collectCrossValidation(options: CollectV2Options): Promise<SummaryV2> {
  const { modelFolder, folder, folds, overwrite } = options;
  const { dataset, formats } = await readPredictionFiles({ folder: modelFolder, extensions: options.extensions });
  const files = await validationFiles(modelFolder, folds, dataset.fileEnding);
  const names = [...files.keys()].sort();
  const summaryFile = joinPath(folder, 'summary.json');
  if (!overwrite && (await isNewer(summaryFile, [...files.values()]))) {
    const there = new Set(await filesIn(folder, dataset.fileEnding));
    if (names.every((name) => there.has(name))) return readSummaryV2(summaryFile);
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of [DATASET_V2, PLANS_V2]) await copyFileAtomic(joinPath(modelFolder, name), joinPath(folder, name));
  for (const name of names) await copyImage(files.get(name)!, joinPath(folder, name), formats);
  const { workers, reporter, signal } = options;
  return evaluateFolderV2({
    ...scoredIn(dataset),
    reference: referencesOf(options, modelFolder),
    predictions: folder,
    formats,
    chill: true,
    workers,
    signal,
    onProgress: ({ done, total }) => reporter.progress({ what: 'scoring', done, total }),
    onNotice: (notice) => tellNotice(notice, reporter),
  });
}

/**
 * Files of a kind in the validation of folds, by name.
 *
 * @throws NnUNetError 'missing-folds' for a fold without any, and if two folds have the same case
 */
export async function validationFiles(
  modelFolder: string,
  folds: readonly string[],
  ending: string,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const fold of folds) {
    const validation = joinPath(modelFolder, `fold_${fold}`, 'validation');
    const names = (await isFolder(validation)) ? await filesIn(validation, ending) : [];
    const twice = names.filter((name) => files.has(name));
    if (names.length > 0 && twice.length === 0) {
      for (const name of names) files.set(name, joinPath(validation, name));
      continue;
    }
    const saves = ending === '.npz' ? ' --val --npz' : ' --val';
    throw new NnUNetError('missing-folds', {
      what:
        twice.length > 0
          ? `another fold has the same cases: ${listed(twice)}`
          : `there are no files ${ending} of the validation`,
      where: validation,
      remedy:
        twice.length > 0
          ? 'Leave out one of the folds; all of them must belong to the same splits.'
          : `Train all folds, or repeat the validation: nnUNetv2_train DATASET CONFIGURATION ${fold}${saves}`,
    });
  }
  return files;
}

/** Folder of the references of a dataset: the prepared ones, else those of the raw dataset. */
function referencesOf({ roots }: Pick<CrossValidationOptions, 'roots'>, modelFolder: string): string {
  const dataset = modelFolder.split(/[/\\]/).at(-2)!;
  const raw = roots.rawDatasets ? joinPath(roots.rawDatasets, dataset, 'labelsTr') : null;
  return raw !== null && existsSync(raw) ? raw : joinPath(preprocessedFolder(roots, dataset), FILE_NAMES.groundTruth);
}
