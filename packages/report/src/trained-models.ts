import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { CONFIGURATIONS, type Configuration, type Roots } from '@nnunet/schema';
import { checkConfiguration, FILE_NAMES, joinPath, modelFolder, trainerOf } from '@nnunet/schema/internal';

/** Which trained models a report is about. */
export interface ModelChoice {
  /** Default: all. */
  configurations?: readonly string[];
  trainer: string;
  cascadeTrainer: string;
  plansIdentifier: string;
}

/** A configuration with the folder of its folds. */
export interface TrainedModelFolder {
  configuration: Configuration;
  trainer: string;
  plans: string;
  folder: string;
  /** Names of the folders of its folds: `fold_0`, …, `all`. */
  folds: string[];
}

/** Finds the models of a task that were trained, or are in training. @throws NnUNetError 'usage' */
export async function trainedModels(roots: Roots, task: string, choice: ModelChoice): Promise<TrainedModelFolder[]> {
  if (roots.results === null) return [];
  const { configurations = CONFIGURATIONS, plansIdentifier: plans } = choice;
  const found: TrainedModelFolder[] = [];
  for (const configuration of configurations.map(checkConfiguration)) {
    const trainer = trainerOf(choice, configuration);
    const folder = modelFolder(roots, { configuration, task, trainer, plans });
    if (!existsSync(folder)) continue;
    const folds = (await readdir(folder)).filter((name) => /^(fold_\d+|all)$/.test(name));
    folds.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    found.push({ configuration, trainer, plans, folder, folds });
  }
  return found;
}

/** Path of the scores of a fold's validation. */
export function validationSummary(model: TrainedModelFolder, fold: string): string {
  return joinPath(model.folder, fold, FILE_NAMES.validation, 'summary.json');
}
