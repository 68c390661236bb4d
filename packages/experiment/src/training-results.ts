import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import { readCheckpointJson } from '@nnunet/inference/node/internal';
import type { Configuration, Fold } from '@nnunet/schema';
import { FILE_NAMES, joinPath, nextStageFolder, trainerOf } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { readNextStageRecord, readValidationRecord, requireOwnValidation } from '@nnunet/store/internal';
import { createTrainer } from '@nnunet/trainer';
import { stateFromJson } from '@nnunet/trainer/internal';
import { settingsConflict } from './asked-settings.ts';
import type { ExperimentContext } from './experiment-context.ts';
import { foldFolder, modelFolderOf } from './experiment-models.ts';
import type { Job } from './job.ts';
import { diceIn, type JobResults, MISSING } from './result-files.ts';

/** Whether a fold is trained as asked, validated, and, where a cascade waits for it, has predicted its input. */
export async function trainingResults(job: Job, context: ExperimentContext): Promise<JobResults> {
  const configuration = job.configuration!;
  const folder = foldFolder(context, configuration, job.fold!);
  const file = (kind: 'final' | 'latest') => joinPath(folder, CHECKPOINT_NAMES[kind] + CHECKPOINT_SUFFIX);
  const isFinished = existsSync(file('final'));
  if (!isFinished && !existsSync(file('latest'))) return MISSING;
  const found = refusalOf(job, context, { file: file(isFinished ? 'final' : 'latest'), isFinished });
  // What is wrong with a checkpoint to go on from, the training itself says.
  const refusal = await (isFinished ? found : found.catch(() => null));
  if (refusal !== null) return { done: false, refusal };
  // The latest checkpoint is newer than the final one of a training that was extended.
  if (existsSync(file('latest'))) return MISSING;
  const words = context.settings.arguments.train ?? [];
  if (words.includes('--disable_validation_inference')) return { done: true };
  try {
    await requireOwnValidation(folder, FILE_NAMES.validation);
  } catch (error) {
    if (isNnUNetError(error, 'missing-validation') || isNnUNetError(error, 'stale-validation')) return MISSING;
    throw error;
  }
  const forCascade =
    configuration === '3d_lowres' && context.jobs.some((other) => other.configuration === '3d_cascade_fullres');
  if (forCascade && !(await hasNextStage(job.fold!, folder, context))) return MISSING;
  return { done: true, dice: await diceIn(joinPath(folder, FILE_NAMES.validation, 'summary.json')) };
}

async function usualSettings(configuration: Configuration, context: ExperimentContext) {
  const { settings, extensions } = context;
  const plans = await readPlans(joinPath(modelFolderOf(context, configuration), FILE_NAMES.modelPlans));
  const trainer = trainerOf(settings, configuration);
  return createTrainer({ plans, configuration, trainer, ...extensions }).settings();
}

/** Why the training that a checkpoint is from is not the one asked for; null if it is. */
async function refusalOf(
  { configuration, fold }: Job,
  context: ExperimentContext,
  { file, isFinished }: { file: string; isFinished: boolean },
): Promise<NnUNetError | null> {
  const { json } = await readCheckpointJson(file);
  // Models of others that were imported have no state.
  if (json.state === undefined) return null;
  const { settings: stored } = stateFromJson(json.state, file);
  const words = context.settings.arguments.train ?? [];
  const conflict = settingsConflict(words, stored, await usualSettings(configuration!, context));
  if (conflict === null) return null;
  return new NnUNetError('other-settings', {
    what: `fold ${fold} of ${configuration} is ${isFinished ? 'finished' : 'begun'}, but not as asked: ${conflict}`,
    where: dirname(file),
    remedy:
      'Ask for the settings that it was trained with. To train anew with others, move this folder away, or use a trainer or ' +
      'plans of another name (`trainer`, `plansIdentifier`).',
  });
}

/** Whether a fold of 3d_lowres has predicted its cases for the cascade with its present model. */
async function hasNextStage(fold: Fold, folder: string, context: ExperimentContext): Promise<boolean> {
  const predicted = nextStageFolder(modelFolderOf(context, '3d_lowres'));
  // A damaged record is made anew, like a missing one.
  const record = await readNextStageRecord(predicted, fold).catch(() => null);
  if (record === null) return false;
  const validated = await readValidationRecord(joinPath(folder, FILE_NAMES.validation));
  return record.finished && (validated?.model == null || validated.model.sha256 === record.model.sha256);
}
