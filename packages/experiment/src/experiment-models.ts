import type { Configuration, Fold, Roots } from '@nnunet/schema';
import { foldFolderName, joinPath, modelFolder, trainerOf } from '@nnunet/schema/internal';
import type { ExperimentSettings } from './settings.ts';

/** An experiment, as far as its models are concerned. */
export interface ModelOwner {
  readonly roots: Roots;
  readonly settings: ExperimentSettings;
}

/** Folder of a configuration's model. */
export function modelFolderOf({ roots, settings }: ModelOwner, configuration: Configuration): string {
  const { task, plansIdentifier: plans } = settings;
  return modelFolder(roots, { configuration, task, trainer: trainerOf(settings, configuration), plans });
}

/** Folder of a fold of a configuration's model. */
export function foldFolder(owner: ModelOwner, configuration: Configuration, fold: Fold): string {
  return joinPath(modelFolderOf(owner, configuration), foldFolderName(fold));
}
