import { existsSync } from 'node:fs';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import { readCheckpointJson } from '@nnunet/inference/node/internal';
import type { Configuration, Fold } from '@nnunet/schema';
import { FILE_NAMES, joinPath, nextStageFolder, trainerOf } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { readNextStageRecord, readValidationRecord, requireOwnValidation } from '@nnunet/store/internal';
import { createTrainer, type TrainingState } from '@nnunet/trainer';
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
  if (!existsSync(file('final'))) return MISSING;
  const { json } = await readCheckpointJson(file('final'));
  // Models of others that were imported have no state.
  const state = json.state === undefined ? null : stateFromJson(json.state, file('final'));
  const refusal =
    state === null ? null : refusalOf(job, folder, state, await usualSettings(configuration, context), context);
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

function refusalOf(
  { configuration, fold }: Job,
  where: string,
  state: TrainingState,
  usual: TrainingState['settings'],
  { settings }: ExperimentContext,
): NnUNetError | null {
  const conflict = settingsConflict(settings.arguments.train ?? [], state.settings, usual);
  if (conflict === null) return null;
  return new NnUNetError('other-settings', {
    what: `fold ${fold} of ${configuration} is finished, but not as asked: ${conflict}`,
    where,
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
