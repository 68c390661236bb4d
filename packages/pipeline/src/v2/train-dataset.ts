import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from '@nnunet/errors';
import { readCheckpointWeights } from '@nnunet/inference/node/internal';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { trainV2, validateFoldV2 } from '@nnunet/trainer/node';
import { NAMES_V2, tellValidated } from '@nnunet/trainer/node/internal';
import { caseProgress } from '../reporter.ts';
import type { TrainModelResult } from '../train-task.ts';
import { trainingProgress } from '../training-progress.ts';
import type { ValidationScores } from '../validate-model.ts';
import { type EvaluationV2, evaluateByDatasetV2 } from './evaluate-predictions.ts';
import { type DatasetTraining, type DatasetTrainingOptions, trainingOfDataset } from './training-of-dataset.ts';

export interface TrainDatasetOptions extends DatasetTrainingOptions {
  /** Continue an interrupted training, of this program or of v2; start it if there is nothing to continue yet. */
  continueTraining?: boolean;
  /** Only validate a finished training. */
  validationOnly?: boolean;
  /** Validate the best model instead of the final one. */
  validateBest?: boolean;
  /** Also write the probabilities of the validation cases. */
  saveProbabilities?: boolean;
  /** Checkpoint with the initial weights of a new training, also if there is nothing to continue yet. */
  pretrainedWeights?: string;
  /** Take those of `pretrainedWeights` that fit, instead of refusing another encoder or decoder. */
  partialWeights?: boolean;
  /** Do not keep the model. */
  disableSaving?: boolean;
  /** Whether the validation cases are predicted and scored after the training. Default: true. */
  evaluate?: boolean;
}

/**
 * Trains a fold by nnU-Net v2's rules, then predicts and scores its validation cases (v2's
 * run_training.py).
 *
 * @throws NnUNetError the errors of `trainingOfDataset`, `trainV2`, `validateFoldV2` and `evaluateByDatasetV2`
 */
export async function trainDataset(options: TrainDatasetOptions): Promise<TrainModelResult> {
  checkTogether(options);
  const { reporter, continueTraining, pretrainedWeights, disableSaving, validationOnly, validateBest } = options;
  const { partialWeights, evaluate = true } = options;
  const training = await trainingOfDataset(options);
  const foldFolder = join(training.modelFolder, NAMES_V2.folder(training.fold));
  let { listeners } = training;
  if (!validationOnly) {
    const { result, listeners: told } = await trainV2({
      ...training,
      continueTraining,
      disableSaving,
      evaluate,
      partialWeights,
      pretrainedWeights: pretrainedWeights === undefined ? undefined : await readCheckpointWeights(pretrainedWeights),
      onLog: (text) => reporter.message(text),
      onProgress: trainingProgress(reporter, options.settings),
    });
    if (result === 'interrupted') return { foldFolder, interrupted: true };
    listeners = told;
  }
  const removeUnsaved = async () => {
    if (disableSaving) await rm(join(foldFolder, NAMES_V2.checkpoint('latest')), { force: true });
  };
  if (!evaluate) {
    await removeUnsaved();
    return { foldFolder, interrupted: false };
  }
  const kind = disableSaving ? 'latest' : validateBest ? 'best' : 'final';
  const { folder, cases } = await validateFoldV2({
    ...training,
    checkpoint: kind,
    saveProbabilities: options.saveProbabilities,
    // Continuing goes on with the case at which a validation was interrupted.
    overwrite: !continueTraining,
    onLog: (text) => reporter.message(text),
    onProgress: (progress) => reporter.progress(caseProgress('validating', progress)),
  });
  await removeUnsaved();
  const { scores, ...found } = await scoresOf(folder, training, options);
  const validated = { cases, scores, summaryFile: found.summaryFile };
  const { fold, configuration, trainer, plans } = training;
  const about = { task: String(plans.dataset_name), configuration, fold, trainer, foldFolder };
  const onLog = (text: string) => reporter.message(text);
  await tellValidated(validated, { ...about, classes: Object.keys(scores) }, { listeners, onLog });
  return { foldFolder, interrupted: false, scores: found };
}

async function scoresOf(
  predictions: string,
  { preprocessedFolder, modelFolder }: DatasetTraining,
  { extensions, workers = 1, reporter, signal }: TrainDatasetOptions,
): Promise<ValidationScores & Pick<EvaluationV2, 'scores'>> {
  const { meanDice, table, summaryFile, scores } = await evaluateByDatasetV2({
    reference: join(preprocessedFolder, FILE_NAMES.groundTruth),
    predictions,
    datasetFile: join(modelFolder, FILE_NAMES.dataset),
    plansFile: join(modelFolder, FILE_NAMES.modelPlans),
    // The other folds' cases are not predicted.
    chill: true,
    workers: Math.max(1, workers),
    extensions,
    reporter,
    signal,
  });
  return { dice: meanDice, table, summaryFile, scores };
}

/** @throws NnUNetError 'usage' for options that exclude each other, as in v2, which refuses initial weights with --c, too */
function checkTogether(options: TrainDatasetOptions): void {
  const { continueTraining, validationOnly, validateBest, disableSaving, pretrainedWeights } = options;
  if (options.partialWeights && pretrainedWeights === undefined)
    throw usageError({ what: '`partialWeights` is about pretrained weights', remedy: 'Add `pretrainedWeights`.' });
  const excluded: [unknown, unknown, string, string][] = [
    [continueTraining, validationOnly, '`continueTraining`', '`validationOnly`'],
    [validateBest, disableSaving, '`validateBest`', '`disableSaving`'],
    [validationOnly, disableSaving, '`validationOnly`', '`disableSaving`'],
    [pretrainedWeights, validationOnly, '`pretrainedWeights`', '`validationOnly`'],
    [options.evaluate === false, validationOnly, '`evaluate: false`', '`validationOnly`'],
  ];
  for (const [one, other, first, second] of excluded) {
    if (one && other)
      throw usageError({
        what: `${first} and ${second} exclude each other`,
        remedy: `Leave out ${first} or ${second}.`,
      });
  }
}
