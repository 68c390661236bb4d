import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import type { Fold } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';

/** Files of a fold that are included if they exist. */
const OPTIONAL = ['debug.json', 'progress.png', 'network_architecture.pdf', 'network_architecture.svg'];

export interface ExportedFiles {
  /** Paths below the model folder. */
  files: string[];
  /** The final checkpoint of each fold. */
  checkpoints: string[];
  /** Path of the plans below the model folder. */
  plans: string;
  /** Why an archive of these files is incomplete, or null. */
  warning: string | null;
}

/**
 * Returns the files of a trained model that are needed to predict elsewhere, and those that document its training.
 *
 * @param strict throw if the postprocessing has not been determined, instead of warning
 * @throws NnUNetError 'missing-folds', 'missing-plans', 'missing-postprocessing'
 * Origin: v1's collect_pretrained_models.py.
 */
export async function exportedFiles(
  modelFolder: string,
  { folds, strict }: { folds: readonly Fold[]; strict: boolean },
): Promise<ExportedFiles> {
  const result: ExportedFiles = { files: [], checkpoints: [], plans: FILE_NAMES.modelPlans, warning: null };
  const missing: string[] = [];
  for (const fold of folds.map(foldFolderName)) {
    const names = checkpointOf(join(modelFolder, fold));
    if (names === null) {
      missing.push(fold);
      continue;
    }
    result.checkpoints.push(join(fold, names[0]!));
    for (const name of names) result.files.push(`${fold}/${name}`);
    const present = new Set(await readdir(join(modelFolder, fold)));
    for (const name of OPTIONAL) if (present.has(name)) result.files.push(`${fold}/${name}`);
  }
  if (missing.length > 0) {
    throw new NnUNetError('missing-folds', {
      what: `there is no final checkpoint of ${missing.join(', ')}`,
      where: modelFolder,
      remedy: 'Finish their training, or name the folds to export: `folds`.',
    });
  }
  const plans = [FILE_NAMES.modelPlans, 'plans.pkl'].filter((name) => existsSync(join(modelFolder, name)));
  if (plans.length === 0) {
    throw new NnUNetError('missing-plans', {
      what: 'the plans of this model are missing',
      where: join(modelFolder, FILE_NAMES.modelPlans),
      remedy: 'Copy the plans with which it was trained there.',
    });
  }
  result.plans = plans[0]!;
  result.files.push(...plans);
  const postprocessing = join(modelFolder, FILE_NAMES.postprocessing);
  if (existsSync(postprocessing)) result.files.push(FILE_NAMES.postprocessing);
  else {
    const what = 'the postprocessing of this model has not been determined';
    if (strict) {
      throw new NnUNetError('missing-postprocessing', {
        what,
        where: postprocessing,
        remedy: 'Run nnUNet_determine_postprocessing for it, or add `strict: false`.',
      });
    }
    result.warning = `${modelFolder}: ${what}; exported without it`;
  }
  return result;
}

/** Returns the file names of a fold's final checkpoint, this project's or v1's; null if there is none. */
function checkpointOf(folder: string): string[] | null {
  const name = CHECKPOINT_NAMES.final;
  for (const names of [[name + CHECKPOINT_SUFFIX], [`${name}.model`, `${name}.model.pkl`]])
    if (names.every((file) => existsSync(join(folder, file)))) return names;
  return null;
}
