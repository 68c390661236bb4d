import { usageError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import { joinPath, needRoot, type Roots } from './roots.ts';
import { isDatasetName } from './task-name.ts';

/** v1's names (paths.py). */
export const DEFAULT_PLANS_IDENTIFIER = 'nnUNetPlansv2.1';
export const DEFAULT_DATA_IDENTIFIER = 'nnUNetData_plans_v2.1';
export const DEFAULT_TRAINER = 'nnUNetTrainerV2';
export const DEFAULT_CASCADE_TRAINER = 'nnUNetTrainerV2CascadeFullRes';

export const CONFIGURATIONS = ['2d', '3d_lowres', '3d_fullres', '3d_cascade_fullres'] as const;
export type Configuration = (typeof CONFIGURATIONS)[number];

/** Index of a fold, or 'all' to train and validate on all cases. */
export type Fold = number | 'all';

/** Names of files and folders of a task and its models, as in v1; v1 has no lock. */
export const FILE_NAMES = {
  dataset: 'dataset.json',
  fingerprint: 'dataset_properties.json',
  fingerprintV2: 'dataset_fingerprint.json',
  intensityProperties: 'intensityproperties.json',
  splits: 'splits_final.json',
  modelPlans: 'plans.json',
  postprocessing: 'postprocessing.json',
  groundTruth: 'gt_segmentations',
  validation: 'validation_raw',
  validationV2: 'validation',
  trainingLock: 'training.lock',
} as const;

/** Returns `<rawBase>/nnUNet_raw_data`, or the task's folder in it; for a dataset of v2, its folder. */
export function rawFolder(roots: Roots, task?: string): string {
  if (task !== undefined && isDatasetName(task)) return joinPath(rawDatasetsFolder(roots), task);
  return below(joinPath(needRoot(roots, 'rawBase'), 'nnUNet_raw_data'), task);
}

/** Returns the raw folder of a task or dataset; null if the root that it lies below is not set. */
export function knownRawFolder(roots: Roots, task: string): string | null {
  const root = (isDatasetName(task) && roots.rawDatasets) || roots.rawBase;
  return root ? rawFolder(roots, task) : null;
}

/** Returns the folder of v2's raw datasets: nnUNet_raw, or if only v1's folder is set, that of its tasks. */
export function rawDatasetsFolder(roots: Roots): string {
  return !roots.rawDatasets && roots.rawBase ? rawFolder(roots) : needRoot(roots, 'rawDatasets');
}

/** Returns `<rawBase>/nnUNet_cropped_data`, or the task's folder in it. */
export function croppedFolder(roots: Roots, task?: string): string {
  return below(joinPath(needRoot(roots, 'rawBase'), 'nnUNet_cropped_data'), task);
}

export function preprocessedFolder(roots: Roots, task?: string): string {
  return below(needRoot(roots, 'preprocessed'), task);
}

/** Returns `<results>/nnUNet`, which contains configurations, ensembles and summaries. */
export function resultsFolder(roots: Roots): string {
  return joinPath(needRoot(roots, 'results'), 'nnUNet');
}

/** `nnUNetPlansv2.1_plans_3D.json` */
export function plansFileName(dimensions: '2D' | '3D', identifier: string = DEFAULT_PLANS_IDENTIFIER): string {
  return `${identifier}_plans_${dimensions}.json`;
}

/** Name of the folder with a stage's prepared cases: the plans' data_identifier and the stage. */
export function stageFolderName(dataIdentifier: string, stage: number): string {
  return `${dataIdentifier}_stage${stage}`;
}

export interface ModelName {
  configuration: string;
  task: string;
  trainer: string;
  /** Plans identifier. */
  plans: string;
}

/**
 * Returns `<results>/nnUNet/<CONFIG>/<TASK>/<TRAINER>__<PLANS>` (v1's get_output_folder_name).
 * @throws NnUNetError 'usage' for an unknown configuration
 */
export function modelFolder(roots: Roots, { configuration, task, trainer, plans }: ModelName): string {
  return joinPath(resultsFolder(roots), checkConfiguration(configuration), task, `${trainer}__${plans}`);
}

/** Returns `<results>/<DATASET>`, which contains the models of nnU-Net v2, `<TRAINER>__<PLANS>__<CONFIG>`. */
export function datasetModelsFolder(roots: Roots, dataset: string): string {
  return joinPath(needRoot(roots, 'results'), dataset);
}

/** Returns `<results>/<DATASET>/<TRAINER>__<PLANS>__<CONFIG>`, the folder of a model of nnU-Net v2. */
export function datasetModelFolder(roots: Roots, { task, trainer, plans, configuration }: ModelName): string {
  return joinPath(datasetModelsFolder(roots, task), `${trainer}__${plans}__${configuration}`);
}

/** Returns the one of two trainers that trains a configuration: the cascade's second stage has its own. */
export function trainerOf(
  { trainer, cascadeTrainer }: { trainer: string; cascadeTrainer: string },
  configuration: string,
): string {
  return configuration === '3d_cascade_fullres' ? cascadeTrainer : trainer;
}

/** @throws NnUNetError 'usage' */
export function checkConfiguration(name: string): Configuration {
  if ((CONFIGURATIONS as readonly string[]).includes(name)) return name as Configuration;
  throw usageError({ what: `there is no configuration "${name}"`, remedy: nearestNames(name, CONFIGURATIONS) });
}

/** `fold_0`, …, or `all`, which has no prefix. */
export function foldFolderName(fold: Fold): string {
  return fold === 'all' ? 'all' : `fold_${fold}`;
}

/** Parses the fold from a command line argument. @throws NnUNetError 'usage' */
export function parseFold(text: string): Fold {
  if (text === 'all') return 'all';
  if (/^\d+$/.test(text)) return Number(text);
  throw usageError({ what: `"${text}" is not a fold`, remedy: 'Give the number of a fold (0, 1, …) or all.' });
}

/** Folder in which the lowres model stores the cascade's input, next to its folds. */
export function nextStageFolder(lowresModelFolder: string): string {
  return joinPath(lowresModelFolder, 'pred_next_stage');
}

/** The same folder of a model of nnU-Net v2. @param configuration the next one */
export function nextStageFolderV2(modelFolder: string, configuration: string): string {
  return joinPath(modelFolder, 'predicted_next_stage', configuration);
}

export function nextStageFileName(caseId: string): string {
  return `${caseId}_segFromPrevStage.npz`;
}

/** `ensemble_<C1>__<T1>__<P1>--<C2>__<T2>__<P2>` */
export function ensembleName(first: Omit<ModelName, 'task'>, second: Omit<ModelName, 'task'>): string {
  const part = (m: Omit<ModelName, 'task'>) => `${m.configuration}__${m.trainer}__${m.plans}`;
  return `ensemble_${part(first)}--${part(second)}`;
}

/** `<results>/nnUNet/ensembles/<TASK>`, or the folder of one ensemble in it. */
export function ensemblesFolder(roots: Roots, task: string, ensemble?: string): string {
  return below(joinPath(resultsFolder(roots), 'ensembles', task), ensemble);
}

/** `<results>/nnUNet/summary_jsons` */
export function summariesFolder(roots: Roots): string {
  return joinPath(resultsFolder(roots), 'summary_jsons');
}

function below(folder: string, name: string | undefined): string {
  return name === undefined ? folder : joinPath(folder, name);
}
