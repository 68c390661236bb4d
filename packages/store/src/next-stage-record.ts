import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { type Fold, formatJson } from '@nnunet/schema';
import { foldFolderName, joinPath } from '@nnunet/schema/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { compareModel, type ValidatedModel } from './weights-hash.ts';

/** Records what a fold of a cascade's first stage has written for the second. Not in nnU-Net. */
export interface NextStageRecord {
  model: ValidatedModel;
  /** False while predictions are incomplete: some may be from an earlier model. */
  finished: boolean;
}

/** The first stage of a cascade, for messages. */
export interface FirstStage {
  configuration: string;
  /** The command that trains a fold of it, without the fold. */
  command: string;
}

const LOWRES_V1: FirstStage = { configuration: '3d_lowres', command: 'nnUNet_train 3d_lowres TRAINER TASK' };

/** @param folder `pred_next_stage`, or of v2 `predicted_next_stage/<configuration>` */
export async function writeNextStageRecord(folder: string, fold: Fold, record: NextStageRecord): Promise<void> {
  await writeFileAtomic(joinPath(folder, `${foldFolderName(fold)}.json`), formatJson(record));
}

/**
 * Reads what a fold of the first stage has written for the cascade; null if there is no record.
 *
 * @param folder see {@link writeNextStageRecord}
 * @throws NnUNetError 'stale-previous-stage' for a damaged record
 */
export async function readNextStageRecord(folder: string, fold: Fold): Promise<NextStageRecord | null> {
  const where = joinPath(folder, `${foldFolderName(fold)}.json`);
  return existsSync(where) ? readRecord(where, LOWRES_V1) : null;
}

/**
 * Throws unless the first stage's predictions for the cascade are complete and come from the current models of its folds.
 * Folds without a record, such as nnU-Net's own, are accepted.
 *
 * @param folder see {@link writeNextStageRecord}
 * @param modelFolder model folder of the first stage
 * @param stage default: 3d_lowres of v1
 * @throws NnUNetError 'stale-previous-stage'
 */
export async function requireOwnNextStage(folder: string, modelFolder: string, stage = LOWRES_V1): Promise<void> {
  const { configuration, command } = stage;
  const records = (await readdir(folder)).filter((name) => /^(fold_\d+|all)\.json$/.test(name)).sort();
  for (const name of records) {
    const fold = name.slice(0, -'.json'.length);
    const where = joinPath(folder, name);
    const { model, finished } = await readRecord(where, stage);
    const present = await compareModel(joinPath(modelFolder, fold), model);
    if (present === 'same' && finished) continue;
    const number = fold.replace('fold_', '');
    throw new NnUNetError('stale-previous-stage', {
      what:
        present === 'same'
          ? `${fold} of ${configuration} has not finished predicting its cases for the cascade`
          : present === 'other'
            ? `the predictions of ${fold} of ${configuration} for the cascade were made by an earlier model than ${model.file}`
            : `the model of ${fold} of ${configuration} that predicted for the cascade no longer exists: this fold is being trained again, or its training was interrupted`,
      where,
      remedy:
        present !== 'gone'
          ? `Predict again: ${command} ${number} \`validationOnly\`.`
          : `Finish its training: ${command} ${number} \`continueTraining\`.`,
    });
  }
}

async function readRecord(where: string, stage: FirstStage): Promise<NextStageRecord> {
  try {
    const { model, finished } = JSON.parse(await readFile(where, 'utf8'));
    if (typeof model.file === 'string' && typeof model.sha256 === 'string') return { model, finished };
  } catch (cause) {
    throw damaged(where, stage, cause);
  }
  throw damaged(where, stage);
}

function damaged(where: string, { configuration, command }: FirstStage, cause?: unknown): NnUNetError {
  return new NnUNetError('stale-previous-stage', {
    what: `this record of the predictions of ${configuration} for the cascade is damaged`,
    where,
    remedy: `Predict the cases of this fold again: ${command} FOLD \`validationOnly\`.`,
    cause,
  });
}
