import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import type { Fold } from '@nnunet/schema';
import { foldFolderName } from '@nnunet/schema/internal';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '../checkpoint-format.ts';
import { V1_SUFFIX } from '../read-folds.ts';

export interface CheckpointChoice {
  /**
   * Trained folds to use, each at most once. Default: all sub-folders `fold_N`, except those that only contain pictures
   * and copies under other names; if there are none, the fold 'all'.
   */
  folds?: readonly Fold[];
  /** Base name in v1's spelling. Default: 'model_final_checkpoint' (checkpoint_final in v2). */
  checkpoint?: string;
}

/** Naming of the checkpoints in a model folder. */
export interface CheckpointLayout {
  /** File suffixes, in order of preference. */
  suffixes: readonly string[];
  foldFolder(fold: Fold): string;
  /** Returns whether a sub-folder is a fold to use if no folds are given. */
  isFold(name: string): boolean;
  /** Returns the base name of a checkpoint, given v1's name for it. */
  baseName(checkpoint: string): string;
}

/** Layout of the folders of this program and of v1. */
export const V1_LAYOUT: CheckpointLayout = {
  suffixes: [CHECKPOINT_SUFFIX, V1_SUFFIX],
  foldFolder: foldFolderName,
  isFold: (name) => /^fold_\d+$/.test(name),
  baseName: (checkpoint) => checkpoint,
};

const V2_NAMES: Readonly<Record<string, string>> = {
  [CHECKPOINT_NAMES.final]: 'checkpoint_final',
  [CHECKPOINT_NAMES.best]: 'checkpoint_best',
  [CHECKPOINT_NAMES.latest]: 'checkpoint_latest',
};

export const V2_LAYOUT: CheckpointLayout = {
  suffixes: ['.pth'],
  foldFolder: (fold) => `fold_${fold}`,
  isFold: (name) => /^fold_\d+$/.test(name),
  baseName: (checkpoint) => V2_NAMES[checkpoint] ?? checkpoint.replace(/\.pth$/, ''),
};

/**
 * Finds the checkpoint files of a trained model, one per fold.
 *
 * @throws NnUNetError 'missing-folder', 'no-folds', 'missing-checkpoint' naming the fold
 *
 * Origin: v1's `load_model_and_checkpoint_files`.
 */
export async function findCheckpoints(
  modelFolder: string,
  choice: CheckpointChoice = {},
  layout: CheckpointLayout = V1_LAYOUT,
): Promise<string[]> {
  const { folds } = choice;
  const checkpoint = layout.baseName(choice.checkpoint ?? CHECKPOINT_NAMES.final);
  const found = await foldFolders(modelFolder, layout);
  // A model that was only trained on all cases leaves no choice.
  const all = layout.foldFolder('all');
  if (found.length === 0 && existsSync(join(modelFolder, all))) found.push(all);
  const chosen = folds === undefined ? found : [...new Set(folds)].map((fold) => layout.foldFolder(fold));
  if (chosen.length === 0) {
    throw new NnUNetError('no-folds', {
      what: 'there is no trained fold in this folder',
      where: modelFolder,
      remedy:
        'Give the folder of a model, which contains fold_0, fold_1, … or the fold "all", with at least one trained fold.',
    });
  }
  return chosen.map((name) => {
    const files = layout.suffixes.map((suffix) => join(modelFolder, name, checkpoint + suffix));
    const file = files.find((path) => existsSync(path));
    if (file !== undefined) return file;
    throw new NnUNetError('missing-checkpoint', {
      what: `${name} has no ${checkpoint}`,
      where: files[0],
      remedy: `Finish the training of ${name}, select finished folds, or use another checkpoint (${otherCheckpoints(layout)}).`,
    });
  });
}

function otherCheckpoints({ baseName }: CheckpointLayout): string {
  return [CHECKPOINT_NAMES.best, CHECKPOINT_NAMES.latest].map(baseName).join(', ');
}

async function foldFolders(folder: string, { isFold }: CheckpointLayout): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries
      .filter((e) => !e.isFile() && isFold(e.name))
      .map((e) => e.name)
      .sort();
    const drawn = await Promise.all(names.map((name) => holdsPicturesAlone(join(folder, name))));
    return names.filter((_, i) => !drawn[i]);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOTDIR') throw notAFolder(folder, cause);
    const remedy = 'Check the path.';
    const beside = await modelsIn(dirname(folder));
    throw new NnUNetError('missing-folder', {
      what: 'this model does not exist',
      where: folder,
      remedy: beside.length === 0 ? remedy : nearestNames(basename(folder), beside, remedy),
      cause,
    });
  }
}

/** Returns the folders named `<trainer>__<plans>`, which are probably models of nnU-Net. */
export async function modelsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isFile() && entry.name.includes('__'))
    .map(({ name }) => name)
    .sort();
}

/**
 * Returns whether a folder only contains what `nnUNet_train --find_lr` and `--preview_batches` write without training.
 */
async function holdsPicturesAlone(folder: string): Promise<boolean> {
  const files = await readdir(folder).catch(() => []);
  return files.length > 0 && files.every((name) => name.endsWith('.png'));
}

function notAFolder(where: string, cause: unknown): NnUNetError {
  const isArchive = /\.zip$/i.test(where);
  return new NnUNetError('missing-folder', {
    what: isArchive ? 'is an archive, but a model must be a folder' : 'is a file, but a model must be a folder',
    where,
    remedy: isArchive
      ? 'Unpack it and name the folder that holds fold_0, or install it with nnUNet_install_pretrained_model_from_zip and predict with nnUNet_predict `task`.'
      : 'Give the folder that contains fold_0, fold_1, ….',
    cause,
  });
}
