import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { CHECKPOINT_SUFFIX, withoutMomenta } from '@nnunet/inference/internal';
import { INTEGERS_FILE } from '@nnunet/inference/node/internal';
import type { Progress, Reporter } from '@nnunet/pipeline';
import { foldsOfTask, loadQuickModel } from '@nnunet/pipeline/internal';
import { type Fold, formatJson, type ModelName, type Roots } from '@nnunet/schema';
import {
  checkConfiguration,
  ensembleName,
  ensemblesFolder,
  FILE_NAMES,
  foldFolderName,
  modelFolder,
  parseFold,
  preprocessedFolder,
  resultsFolder,
  trainerOf,
} from '@nnunet/schema/internal';
import { resolveTask } from '@nnunet/store/internal';
import { describeTrainedModel } from './describe-trained-model.ts';
import { exportedFiles } from './exported-files.ts';
import { MODEL_CARD } from './model-card.ts';
import { modelCardText } from './model-card-text.ts';
import { packArchive } from './pack-archive.ts';
import type { ArchiveSource } from './write-archive.ts';

export interface ExportModelsOptions {
  roots: Roots;
  /** Id or name. */
  task: string;
  zipFile: string;
  /** Configurations to export. */
  models: readonly string[];
  trainer: string;
  cascadeTrainer: string;
  plansIdentifier: string;
  /** Folds of each configuration, or ['all']. Default: those of the task's splits. */
  folds?: readonly string[];
  /**
   * Also export the optimiser's momenta, which are needed to continue a training but not to predict. Default: false.
   */
  keepMomenta?: boolean;
  /** Throw if a configuration or its postprocessing is missing, instead of warning. */
  strict: boolean;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Implements nnUNet_export_model_to_zip: writes an archive of trained models and the postprocessing of their ensembles,
 * with a card describing each model (v1's export_pretrained_model). Models whose prepared data are on this machine are
 * calibrated for 8-bit integers first. Returns the folders of the models in the archive.
 *
 * @throws NnUNetError 'missing-model', 'missing-folds', 'missing-plans', 'missing-postprocessing', and any error from
 * reading and writing
 */
export async function exportModels(options: ExportModelsOptions): Promise<string[]> {
  const { roots, zipFile, strict, reporter, signal } = options;
  const configurations = new Set(options.models.map(checkConfiguration));
  const chosen = options.folds?.map(parseFold);
  const results = resultsFolder(roots);
  const task = await resolveTask(options.task, roots, 'nnUNetv2_export_model_to_zip -d DATASET -o FILE.zip');
  reporter.message(`${task} (rules of nnU-Net v1)`);
  const folds = chosen ?? (await foldsOfTask(roots, task));
  const sources: ArchiveSource[] = [];
  const exported: ModelName[] = [];
  for (const configuration of configurations) {
    const trainer = trainerOf(options, configuration);
    const name: ModelName = { configuration, task, trainer, plans: options.plansIdentifier };
    const folder = modelFolder(roots, name);
    if (!existsSync(folder)) {
      if (strict) throw missingModel(folder, name);
      reporter.warning(`${configuration} is skipped: there is no ${folder}`);
      continue;
    }
    const { files, checkpoints, plans, warning } = await exportedFiles(folder, { folds, strict });
    if (warning !== null) reporter.warning(warning);
    const integers = await integersOf(folder, name, { folds, roots, reporter, signal });
    const card = await describeTrainedModel({
      ...name,
      roots,
      modelFolder: folder,
      folds,
      checkpoints,
      plansFile: plans,
      integers: integers.cost,
    });
    const place = placeOf(name);
    sources.push(
      ...[...files, ...integers.files].map((file) => ({
        name: `${place}/${file}`,
        file: join(folder, file),
        ...(!options.keepMomenta && file.endsWith(CHECKPOINT_SUFFIX) && { change: withoutMomenta }),
      })),
      { name: `${place}/${MODEL_CARD.json}`, text: formatJson(card) },
      { name: `${place}/${MODEL_CARD.text}`, text: modelCardText(card) },
    );
    exported.push(name);
  }
  if (exported.length === 0) throw nothingTrained(results, task, options);
  for (const name of await ensemblesOf(roots, task, exported)) {
    const file = join(ensemblesFolder(roots, task, name), FILE_NAMES.postprocessing);
    sources.push({ name: `ensembles/${task}/${name}/${FILE_NAMES.postprocessing}`, file });
  }
  await packArchive(zipFile, sources, { reporter, signal });
  return exported.map(placeOf);
}

/**
 * Returns the files that a model needs to be computed with 8-bit integers, after calibrating it if the prepared data are
 * on this machine, and what the integers cost, in words; null where floating point is used.
 */
async function integersOf(
  folder: string,
  { task, configuration }: ModelName,
  { folds, roots, reporter, signal }: Pick<ExportModelsOptions, 'roots' | 'reporter' | 'signal'> & { folds: Fold[] },
): Promise<{ files: string[]; cost: string | null }> {
  const prepared = roots.preprocessed === null ? null : preprocessedFolder(roots, task);
  const known = prepared !== null && existsSync(prepared) ? prepared : null;
  const files = () =>
    folds.map((fold) => `${foldFolderName(fold)}/${INTEGERS_FILE}`).filter((file) => existsSync(join(folder, file)));
  if (known === null && files().length === 0) return { files: [], cost: null };
  const message = (text: string) => reporter.message(`${configuration} with the preset quick: ${text}`);
  const told = { progress: (progress: Progress) => reporter.progress(progress), message };
  try {
    const model = await loadQuickModel(folder, { folds }, { preprocessedFolder: known, reporter: told, signal });
    await model.dispose();
    const { ranges, reason } = model.integers!;
    return { files: files(), cost: ranges === null ? null : reason };
  } catch (error) {
    // It can be exported all the same.
    if (!isNnUNetError(error)) throw error;
    const [fault] = error.message.split('\n', 1);
    reporter.warning(`${configuration} cannot be calibrated for 8-bit integers: ${fault}`);
    return { files: [], cost: null };
  }
}

/** Returns the ensembles that were compared and both of whose members are exported. */
async function ensemblesOf(roots: Roots, task: string, exported: readonly ModelName[]): Promise<string[]> {
  const folder = ensemblesFolder(roots, task);
  if (!existsSync(folder)) return [];
  const names = new Set(exported.flatMap((first) => exported.map((second) => ensembleName(first, second))));
  return (await readdir(folder))
    .filter((name) => names.has(name) && existsSync(join(folder, name, FILE_NAMES.postprocessing)))
    .sort();
}

/** Path below the results folder. */
function placeOf({ configuration, task, trainer, plans }: ModelName): string {
  return `${configuration}/${task}/${trainer}__${plans}`;
}

function missingModel(where: string, { configuration, trainer, plans }: ModelName): NnUNetError {
  return new NnUNetError('missing-model', {
    what: `${configuration} was not trained with ${trainer} and plans ${plans}`,
    where,
    remedy: 'List the configurations to export in `models`, or add `strict: false` to skip missing ones.',
  });
}

function nothingTrained(where: string, task: string, { models }: ExportModelsOptions): NnUNetError {
  return new NnUNetError('missing-model', {
    what: `none of ${models.join(', ')} was trained for ${task} with these trainers and plans`,
    where,
    remedy: 'Check `task`, `trainer`, `cascadeTrainer` and `plansIdentifier`.',
  });
}
