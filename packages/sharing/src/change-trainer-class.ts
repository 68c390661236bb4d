import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import { editCheckpointJson, isModelFolderV2, readCheckpointJson } from '@nnunet/inference/node/internal';
import { namesIn } from '@nnunet/tensor/node/internal';

export interface ChangeTrainerClassOptions {
  /** `<results>/nnUNet/<CONFIG>/<TASK>/<TRAINER>__<PLANS>` */
  modelFolder: string;
  /** New name of the trainer class. */
  trainer: string;
}

/**
 * Implements nnUNet_change_trainer_class: writes another trainer's name into the best and final checkpoints of all
 * folds (v1's change_trainer.py). The folder keeps its name. Prediction does not look up the trainer; continuing a
 * training does. Returns the files that were changed.
 *
 * @throws NnUNetError 'usage', also for models of v2; 'missing-folder', 'missing-checkpoint', 'bad-checkpoint'; 'v1-checkpoint' for models of v1
 */
export async function changeTrainerClass({ modelFolder, trainer }: ChangeTrainerClassOptions): Promise<string[]> {
  if (!/^[A-Za-z_$][\w$]*$/.test(trainer))
    throw usageError({
      what: `"${trainer}" is not the name of a class`,
      remedy: 'Give, for example, nnUNetTrainerV2.',
    });
  if (await isModelFolderV2(modelFolder)) throw ofV2(modelFolder, trainer);
  const files: string[] = [];
  for (const fold of await foldsOf(modelFolder)) {
    for (const name of [CHECKPOINT_NAMES.best, CHECKPOINT_NAMES.final]) {
      const file = join(modelFolder, fold, name + CHECKPOINT_SUFFIX);
      if (existsSync(file)) files.push(file);
      else if (existsSync(join(modelFolder, fold, `${name}.model.pkl`))) throw ofV1(join(modelFolder, fold));
    }
  }
  if (files.length === 0) {
    throw new NnUNetError('missing-checkpoint', {
      what: 'no fold has a best or final checkpoint',
      where: modelFolder,
      remedy: 'Give the folder of a trained model, RESULTS_FOLDER/nnUNet/CONFIGURATION/TASK/TRAINER__PLANS.',
    });
  }
  // Check all of them before changing the first.
  for (const file of files) await readCheckpointJson(file);
  for (const file of files)
    await editCheckpointJson(file, (json) => ({ ...json, model: { ...(json.model as object), trainer } }));
  return files;
}

async function foldsOf(modelFolder: string): Promise<string[]> {
  return (await namesIn(modelFolder)).filter((name) => name === 'all' || name.startsWith('fold_'));
}

function ofV1(where: string): NnUNetError {
  return new NnUNetError('v1-checkpoint', {
    what: 'this is a model of nnU-Net v1, which is left as it is',
    where,
    remedy: 'Change its trainer with nnUNet_change_trainer_class of nnU-Net v1. For prediction, this is not necessary.',
  });
}

/** v2 looks up the trainer that the folder is named after, and writes its name into the checkpoints. */
function ofV2(where: string, trainer: string): NnUNetError {
  const [, plans = 'PLANS', configuration = 'CONFIGURATION'] = basename(resolve(where)).split('__');
  return usageError({
    what: 'this is a model of nnU-Net v2, which has no such command: a training goes on with the trainer that the folder is named after',
    where,
    remedy: `Rename the folder to ${trainer}__${plans}__${configuration}, and go on with the training; what it saves then names ${trainer}: nnUNetv2_train DATASET ${configuration} FOLD -tr ${trainer} -p ${plans} --c`,
  });
}
