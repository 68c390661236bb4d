import type { Fold, Roots } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import { rulesOfExperiment } from './rules-of-experiment.ts';
import type { ExperimentSettings } from './settings.ts';

/** An experiment, as far as its models are concerned. */
export interface ModelOwner {
  readonly roots: Roots;
  readonly settings: ExperimentSettings;
}

/** Folder of a configuration's model. */
export function modelFolderOf({ roots, settings }: ModelOwner, configuration: string): string {
  return rulesOfExperiment(settings.task).models.folder(roots, settings, configuration);
}

/** Folder of a fold of a configuration's model. */
export function foldFolder(owner: ModelOwner, configuration: string, fold: Fold): string {
  const { models } = rulesOfExperiment(owner.settings.task);
  return joinPath(models.folder(owner.roots, owner.settings, configuration), models.fold(fold));
}
