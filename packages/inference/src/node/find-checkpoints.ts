import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fold, foldFolderName } from '@nnunet/dataset';
import { NnUNetError } from '@nnunet/errors';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '../checkpoint-format.ts';

export interface CheckpointChoice {
  /** Trained folds to use; absent: every `fold_…` sub-folder. */
  folds?: readonly Fold[];
  /** Base name; 'model_final_checkpoint'. */
  checkpoint?: string;
}

/**
 * The checkpoint files of a trained model, one a fold.
 *
 * @throws NnUNetError 'missing-folder', 'no-folds', 'missing-checkpoint' naming the fold
 *
 * Origin: v1's `load_model_and_checkpoint_files`.
 */
export async function findCheckpoints(modelFolder: string, choice: CheckpointChoice = {}): Promise<string[]> {
  const { folds, checkpoint = CHECKPOINT_NAMES.final } = choice;
  const found = await foldFolders(modelFolder);
  const chosen = folds === undefined ? found : folds.map(foldFolderName);
  if (chosen.length === 0) {
    throw new NnUNetError('no-folds', {
      what: 'no fold of this model has been trained',
      where: modelFolder,
      remedy: 'Train at least one fold. A model trained on all cases must be asked for: folds "all".',
    });
  }
  return chosen.map((name) => {
    const file = join(modelFolder, name, checkpoint + CHECKPOINT_SUFFIX);
    if (existsSync(file)) return file;
    throw new NnUNetError('missing-checkpoint', {
      what: `there is no ${checkpoint} of ${name}`,
      where: file,
      remedy: `Finish the training of ${name}, name the folds that are finished, or another checkpoint (model_best, model_latest).`,
    });
  });
}

async function foldFolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((e) => !e.isFile() && e.name.startsWith('fold'))
      .map((e) => e.name)
      .sort();
  } catch (cause) {
    throw new NnUNetError('missing-folder', {
      what: 'there is no such model',
      where: folder,
      remedy: 'Check task, configuration, trainer and plans; train the model or copy it there.',
      cause,
    });
  }
}
