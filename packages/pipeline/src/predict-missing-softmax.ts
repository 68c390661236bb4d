import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainedConfiguration } from '@nnunet/ensemble';
import type { MissingSoftmax } from '@nnunet/ensemble/node';
import { NnUNetError } from '@nnunet/errors';
import { CHECKPOINT_NAMES } from '@nnunet/inference/internal';
import type { Compute } from '@nnunet/network/node';
import type { Roots } from '@nnunet/schema';
import { foldFolderName, plansFileName, preprocessedFolder } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { readValidationRecord, requireOwnValidation } from '@nnunet/store/internal';
import { validateFold } from '@nnunet/trainer/node';
import { previousStageFolder } from './previous-stage.ts';
import { caseProgress, type Reporter } from './reporter.ts';

export interface PredictMissingOptions {
  roots: Roots;
  /** Trainer of 3d_lowres, for a cascade. */
  lowresTrainer: string;
  /** Device and settings for running the network. */
  compute?: Compute;
  workers?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Predicts again the validation cases of a fold whose probabilities were not stored, with the settings used to validate
 * the fold (its validation_args.json).
 *
 * @throws NnUNetError 'missing-prepared' if the prepared cases are not on this machine, and any error from validation
 */
export async function predictMissingSoftmax(
  missing: MissingSoftmax & TrainedConfiguration & { task: string },
  { roots, lowresTrainer, compute, workers, reporter, signal }: PredictMissingOptions,
): Promise<void> {
  const { configuration, task, fold, cases, validationFolder, plans: plansIdentifier } = missing;
  const name = `fold ${fold} of ${configuration}`;
  const taskFolder = join(preprocessedFolder(roots), task);
  if (!existsSync(taskFolder)) {
    throw new NnUNetError('missing-prepared', {
      what: `${cases.length} validation cases of ${name} lack their probabilities (.npz), and the preprocessed cases needed to predict them again are missing`,
      where: taskFolder,
      remedy: 'Validate where the fold was trained with nnUNet_train `saveSoftmax`, or add `disableEnsembling`.',
    });
  }
  const foldFolder = join(missing.modelFolder, foldFolderName(fold));
  await requireOwnValidation(foldFolder, validationFolder);
  reporter.message(`predicting ${cases.length} validation cases of ${name} again to obtain their probabilities`);
  await validateFold({
    preprocessedFolder: taskFolder,
    modelFolder: missing.modelFolder,
    task,
    fold,
    validationFolder,
    ...(await earlierArguments(join(foldFolder, validationFolder))),
    overwrite: false,
    saveProbabilities: true,
    predictNextStage: false,
    previousStageFolder:
      configuration === '3d_cascade_fullres'
        ? await previousStageFolder({
            roots,
            task,
            trainer: lowresTrainer,
            plansIdentifier,
            plans: await readPlans(join(taskFolder, plansFileName('3D', plansIdentifier))),
          })
        : undefined,
    compute,
    workers,
    signal,
    onLog: (text) => reporter.message(text),
    onProgress: (progress) => reporter.progress(caseProgress(`predicting ${name} again`, progress)),
  });
}

/** Returns how, and with which model, the fold was validated; the defaults if that is unknown. */
async function earlierArguments(
  folder: string,
): Promise<{ checkpoint?: 'best'; mirroring?: boolean; stepSize?: number; gaussian?: boolean }> {
  const record = await readValidationRecord(folder);
  if (record === null) return {};
  const { do_mirroring, step_size, use_gaussian } = record.args;
  return {
    ...(record.model?.file.startsWith(CHECKPOINT_NAMES.best) && { checkpoint: 'best' }),
    ...(typeof do_mirroring === 'boolean' && { mirroring: do_mirroring }),
    ...(typeof step_size === 'number' && step_size > 0 && step_size <= 1 && { stepSize: step_size }),
    ...(typeof use_gaussian === 'boolean' && { gaussian: use_gaussian }),
  };
}
