import { dirname } from 'node:path';
import type { NnUNetError } from '@nnunet/errors';
import { readSummaryV2 } from '@nnunet/metrics/node';
import { foregroundDiceV2 } from '@nnunet/metrics/v2';
import { parseJsonWithNaN } from '@nnunet/schema';
import { FILE_NAMES, joinPath, nextStageFolderV2 } from '@nnunet/schema/internal';
import { readValidationRecord } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import { readTrainingV2 } from '@nnunet/trainer/node/internal';
import { settingsConflict } from '../asked-settings.ts';
import type { ExperimentContext } from '../experiment-context.ts';
import { foldResults } from '../fold-results.ts';
import type { Job } from '../job.ts';
import { hasNextStage } from '../next-stage-results.ts';
import { otherSettings } from '../other-settings.ts';
import type { JobResults } from '../result-files.ts';
import { modelsV2 } from './dataset-models.ts';

/** Whether a fold of a dataset of v2 is trained as asked, validated, and has written what cascades wait for. */
export function datasetTrainingResults(job: Job, context: ExperimentContext): Promise<JobResults> {
  const modelFolder = modelsV2.folder(context.roots, context.settings, job.configuration!);
  const folder = joinPath(modelFolder, modelsV2.fold(job.fold!));
  return foldResults(
    {
      folder,
      models: modelsV2,
      refusalOf: (checkpoint) => refusalOf(job, context, checkpoint),
      isWhole: () => isWhole(job, context, { modelFolder, folder }),
      diceIn: diceInV2,
    },
    context.settings,
  );
}

/** Mean foreground Dice of a summary.json of v2. */
export async function diceInV2(summaryFile: string): Promise<number> {
  return foregroundDiceV2(await readSummaryV2(summaryFile));
}

/** Whether a validation is that of the final model, and has written the labels for the cascades among the jobs. */
async function isWhole(
  { configuration, fold }: Job,
  { jobs }: ExperimentContext,
  { modelFolder, folder }: { modelFolder: string; folder: string },
): Promise<boolean> {
  const validated = (await readValidationRecord(joinPath(folder, modelsV2.validation)))?.model ?? null;
  if (validated !== null && validated.file !== modelsV2.checkpoint('final')) return false;
  // Fold 'all' has seen the cases that it would predict.
  const others = fold === 'all' ? [] : jobs.filter(({ kind }) => kind === 'train');
  const cascades = others.flatMap((other) => (other.firstStage === configuration ? other.configuration! : []));
  for (const cascade of new Set(cascades)) {
    if (!(await hasNextStage(nextStageFolderV2(modelFolder, cascade), fold!, validated))) return false;
  }
  return true;
}

/** Why the training that a checkpoint is from is not the one asked for; null if it is. */
async function refusalOf(
  { configuration, fold }: Job,
  { roots, settings, extensions }: ExperimentContext,
  { file, isFinished }: { file: string; isFinished: boolean },
): Promise<NnUNetError | null> {
  const { state, knowsSettings } = await readTrainingV2(file);
  // v2 itself does not write down what it was asked for.
  if (!knowsSettings) return null;
  const where = modelsV2.folder(roots, settings, configuration!);
  const plansFile = joinPath(where, FILE_NAMES.modelPlans);
  const Trainer = extensions.trainersV2.get(settings.trainer);
  const trainer = new Trainer({
    plans: Object(parseJsonWithNaN(await readTextFile(plansFile), plansFile)),
    dataset: await readTextFile(joinPath(where, FILE_NAMES.dataset)),
    configuration: configuration!,
    where,
  });
  const conflict = settingsConflict(settings.arguments.train ?? [], state.settings, trainer.settings());
  return conflict === null
    ? null
    : otherSettings({ configuration: configuration!, fold: fold!, isFinished, conflict, where: dirname(file) });
}
