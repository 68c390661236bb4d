import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { formatJson } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { compareModel, type ValidatedModel } from './weights-hash.ts';

const FILE = 'validation_args.json';

/** How a fold was validated: v1's validation_args.json, plus the model, which v1 does not record. */
export interface ValidationRecord {
  /** null if the model is unknown or was not kept. */
  model: ValidatedModel | null;
  args: Record<string, unknown>;
}

export async function writeValidationRecord(folder: string, { model, args }: ValidationRecord): Promise<void> {
  await writeFileAtomic(joinPath(folder, FILE), formatJson(model === null ? args : { ...args, model }));
}

/** Reads the record of a folder of validation predictions; null if there is none or it is unreadable. */
export async function readValidationRecord(folder: string): Promise<ValidationRecord | null> {
  try {
    const { model, ...args } = JSON.parse(await readFile(joinPath(folder, FILE), 'utf8'));
    const known = typeof model?.file === 'string' && typeof model?.sha256 === 'string';
    return { model: known ? { file: model.file, sha256: model.sha256 } : null, args };
  } catch {
    return null;
  }
}

/**
 * Reads the SHA-256 of the weights that each fold of a model was validated with, by the fold's folder; null if that is not
 * known.
 *
 * @param folds names of their folders
 * @param validation name of the folder with the validation in each
 */
export async function readValidatedWeights(
  modelFolder: string,
  folds: readonly string[],
  validation: string,
): Promise<Record<string, string | null>> {
  const weights: Record<string, string | null> = {};
  for (const fold of folds) {
    const record = await readValidationRecord(joinPath(modelFolder, fold, validation));
    weights[fold] = record?.model?.sha256 ?? null;
  }
  return weights;
}

/**
 * Throws unless the validation of a fold is complete and belongs to the fold's current model. A validation that does
 * not record its model, such as v1's, is accepted.
 *
 * @throws NnUNetError 'missing-validation', 'stale-validation'
 */
export async function requireOwnValidation(foldFolder: string, validationFolder: string): Promise<void> {
  const folder = joinPath(foldFolder, validationFolder);
  if (!existsSync(joinPath(folder, 'summary.json'))) {
    throw new NnUNetError('missing-validation', {
      what: existsSync(folder)
        ? 'the validation did not finish: there is no summary.json'
        : 'the validation of this fold is missing',
      where: folder,
      remedy: 'Run it: nnUNet_train CONFIGURATION TRAINER TASK FOLD `validationOnly` `saveSoftmax`.',
    });
  }
  const record = await readValidationRecord(folder);
  if (record === null || record.model === null) return;
  const { file } = record.model;
  const present = await compareModel(foldFolder, record.model);
  if (present === 'same') return;
  const there = present === 'other';
  throw new NnUNetError('stale-validation', {
    what: there
      ? `these predictions were made by an earlier model than ${file}`
      : `the model of these predictions (${file}) no longer exists: this fold is being trained again, or its training was interrupted`,
    where: folder,
    remedy: `${there ? 'Validate' : 'Finish the training and validate'} this fold again: nnUNet_train CONFIGURATION TRAINER TASK FOLD \`${there ? 'validationOnly' : 'continueTraining'}\` \`saveSoftmax\`.`,
  });
}
