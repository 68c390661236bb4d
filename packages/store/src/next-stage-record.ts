import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { type Fold, formatJson } from '@nnunet/schema';
import { foldFolderName, joinPath } from '@nnunet/schema/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { compareModel, type ValidatedModel } from './weights-hash.ts';

/** Records what a fold of 3d_lowres has written for the cascade. Not in v1. */
export interface NextStageRecord {
  model: ValidatedModel;
  /** False while predictions are incomplete: some may be from an earlier model. */
  finished: boolean;
}

/** @param folder `pred_next_stage` */
export async function writeNextStageRecord(folder: string, fold: Fold, record: NextStageRecord): Promise<void> {
  await writeFileAtomic(joinPath(folder, `${foldFolderName(fold)}.json`), formatJson(record));
}

/**
 * Reads what a fold of 3d_lowres has written for the cascade; null if there is no record.
 *
 * @param folder `pred_next_stage`
 * @throws NnUNetError 'stale-previous-stage' for a damaged record
 */
export async function readNextStageRecord(folder: string, fold: Fold): Promise<NextStageRecord | null> {
  const where = joinPath(folder, `${foldFolderName(fold)}.json`);
  return existsSync(where) ? readRecord(where) : null;
}

/**
 * Throws unless 3d_lowres's predictions for the cascade are complete and come from the current models of its folds.
 * Folds without a record, such as v1's, are accepted.
 *
 * @param folder `pred_next_stage`
 * @param modelFolder model folder of 3d_lowres
 * @throws NnUNetError 'stale-previous-stage'
 */
export async function requireOwnNextStage(folder: string, modelFolder: string): Promise<void> {
  const records = (await readdir(folder)).filter((name) => /^(fold_\d+|all)\.json$/.test(name)).sort();
  for (const name of records) {
    const fold = name.slice(0, -'.json'.length);
    const where = joinPath(folder, name);
    const { model, finished } = await readRecord(where);
    const present = await compareModel(joinPath(modelFolder, fold), model);
    if (present === 'same' && finished) continue;
    const number = fold.replace('fold_', '');
    throw new NnUNetError('stale-previous-stage', {
      what:
        present === 'same'
          ? `${fold} of 3d_lowres has not finished predicting its cases for the cascade`
          : present === 'other'
            ? `the predictions of ${fold} of 3d_lowres for the cascade were made by an earlier model than ${model.file}`
            : `the model of ${fold} of 3d_lowres that predicted for the cascade no longer exists: this fold is being trained again, or its training was interrupted`,
      where,
      remedy:
        present !== 'gone'
          ? `Predict again: nnUNet_train 3d_lowres TRAINER TASK ${number} \`validationOnly\`.`
          : `Finish its training: nnUNet_train 3d_lowres TRAINER TASK ${number} \`continueTraining\`.`,
    });
  }
}

async function readRecord(where: string): Promise<NextStageRecord> {
  try {
    const { model, finished } = JSON.parse(await readFile(where, 'utf8'));
    if (typeof model.file === 'string' && typeof model.sha256 === 'string') return { model, finished };
  } catch (cause) {
    throw damaged(where, cause);
  }
  throw damaged(where);
}

function damaged(where: string, cause?: unknown): NnUNetError {
  return new NnUNetError('stale-previous-stage', {
    what: 'this record of the predictions of 3d_lowres for the cascade is damaged',
    where,
    remedy: 'Predict the cases of this fold again: nnUNet_train 3d_lowres TRAINER TASK FOLD `validationOnly`.',
    cause,
  });
}
