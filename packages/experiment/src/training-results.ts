import { dirname } from 'node:path';
import type { NnUNetError } from '@nnunet/errors';
import { readCheckpointJson } from '@nnunet/inference/node/internal';
import { meanDice } from '@nnunet/metrics/internal';
import { readSummary } from '@nnunet/metrics/node';
import type { Configuration } from '@nnunet/schema';
import { FILE_NAMES, joinPath, nextStageFolder, trainerOf } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { readValidationRecord } from '@nnunet/store/internal';
import { createTrainer } from '@nnunet/trainer';
import { stateFromJson } from '@nnunet/trainer/internal';
import { settingsConflict } from './asked-settings.ts';
import type { ExperimentContext } from './experiment-context.ts';
import { foldResults } from './fold-results.ts';
import type { Job } from './job.ts';
import { hasNextStage } from './next-stage-results.ts';
import { otherSettings } from './other-settings.ts';
import type { JobResults } from './result-files.ts';
import { modelsV1 } from './task-models.ts';

/** Whether a fold of a task of v1 is trained as asked, validated, and, where a cascade waits for it, has predicted its input. */
export function trainingResults(job: Job, context: ExperimentContext): Promise<JobResults> {
  const configuration = job.configuration as Configuration;
  const folder = joinPath(modelFolderOf(context, configuration), modelsV1.fold(job.fold!));
  const forCascade =
    configuration === '3d_lowres' && context.jobs.some((other) => other.configuration === '3d_cascade_fullres');
  return foldResults(
    {
      folder,
      models: modelsV1,
      refusalOf: (checkpoint) => refusalOf(job, context, checkpoint),
      async isWhole() {
        if (!forCascade) return true;
        const validated = await readValidationRecord(joinPath(folder, FILE_NAMES.validation));
        const predicted = nextStageFolder(modelFolderOf(context, configuration));
        return hasNextStage(predicted, job.fold!, validated?.model ?? null);
      },
      diceIn: diceInV1,
    },
    context.settings,
  );
}

/** Mean foreground Dice of a summary.json. */
export async function diceInV1(summaryFile: string): Promise<number> {
  return meanDice(await readSummary(summaryFile));
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
  const conflict = settingsConflict(words, stored, await usualSettings(configuration as Configuration, context));
  if (conflict === null) return null;
  return otherSettings({ configuration, fold, isFinished, conflict, where: dirname(file) });
}

function modelFolderOf({ roots, settings }: ExperimentContext, configuration: Configuration): string {
  return modelsV1.folder(roots, settings, configuration);
}
