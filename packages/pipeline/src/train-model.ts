import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkConfiguration,
  croppedFolder,
  modelFolder,
  parseFold,
  plansFileName,
  preprocessedFolder,
  type Roots,
} from '@nnunet/dataset';
import { readPlans, resolveTask } from '@nnunet/dataset/node';
import { NnUNetError } from '@nnunet/errors';
import { chooseConfiguration, TrainerRegistry, type TrainingSettings } from '@nnunet/trainer';
import { type TrainedFold, train, validateFold } from '@nnunet/trainer/node';
import { meanForegroundDice } from './evaluate.ts';
import { checkStage } from './prepare-stage.ts';
import type { Reporter } from './reporter.ts';

export interface TrainModelOptions {
  roots: Roots;
  configuration: string;
  /** Name of a trainer class. */
  trainer: string;
  /** Id or name. */
  task: string;
  /** Index of a fold, or 'all'. */
  fold: string;
  plansIdentifier: string;
  continueTraining: boolean;
  /** Validate a finished training, do not train. */
  validationOnly: boolean;
  /** With validationOnly: model_best instead of the final checkpoint. */
  validateBest: boolean;
  validationFolder: string;
  disableValidation: boolean;
  keepValidation: boolean;
  saveSoftmax: boolean;
  settings: Partial<TrainingSettings>;
  /** Threads of a training step; all physical cores if not given. */
  threads?: number;
  /** Threads that make batches. */
  workers?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

export interface TrainModelResult {
  foldFolder: string;
  interrupted: boolean;
  /** Mean foreground Dice of the validation cases, where they were predicted. */
  validationDice?: number;
}

/** What nnUNet_train does: trains a fold, then predicts and scores its validation cases (v1's run_training.py). */
export async function trainModel(options: TrainModelOptions): Promise<TrainModelResult> {
  const { roots, plansIdentifier, reporter, signal, threads } = options;
  const configuration = checkConfiguration(options.configuration);
  const fold = parseFold(options.fold);
  const trainers = new TrainerRegistry();
  trainers.get(options.trainer);
  const prepared = preprocessedFolder(roots);
  const task = await resolveTask(options.task, roots);
  const taskFolder = join(prepared, task);
  const folder = modelFolder(roots, { configuration, task, trainer: options.trainer, plans: plansIdentifier });
  let foldFolder = join(folder, fold === 'all' ? 'all' : `fold_${fold}`);

  if (!options.validationOnly) {
    const plans = await plansOf(taskFolder, configuration, plansIdentifier);
    const { stage } = chooseConfiguration(configuration, plans);
    const notice = await checkStage(
      plans,
      stage,
      taskFolder,
      roots.rawBase === null ? null : croppedFolder(roots, task),
    );
    if (notice !== null) reporter.message(notice);
    const trained: TrainedFold = await train({
      preprocessedFolder: taskFolder,
      modelFolder: folder,
      task,
      plans,
      configuration,
      fold,
      trainer: options.trainer,
      trainers,
      settings: options.settings,
      continueTraining: options.continueTraining,
      workers: options.workers,
      threads,
      signal,
      onLog: (text) => reporter.message(text),
      onProgress: ({ phase, epoch, epochs, iteration, iterations, secondsPerIteration, secondsLeft }) =>
        reporter.progress({
          what: `epoch ${epoch + 1} of ${epochs}, ${phase}`,
          done: iteration,
          total: iterations,
          note: `${secondsPerIteration.toFixed(2)} s each`,
          secondsLeft,
        }),
    });
    foldFolder = trained.foldFolder;
    if (trained.result === 'interrupted') return { foldFolder, interrupted: true };
  }
  if (options.disableValidation) return { foldFolder, interrupted: false };

  const { summary } = await validateFold({
    preprocessedFolder: taskFolder,
    modelFolder: folder,
    task,
    fold,
    checkpoint: options.validateBest ? 'best' : 'final',
    validationFolder: options.validationFolder,
    overwrite: !options.keepValidation,
    saveProbabilities: options.saveSoftmax,
    threads,
    signal,
    onLog: (text) => reporter.message(text),
    onProgress: ({ caseId, casesDone, cases, share, secondsLeft }) =>
      reporter.progress({
        what: 'validating',
        done: casesDone + (share === 1 ? 1 : 0),
        total: cases,
        note: caseId,
        secondsLeft: secondsLeft ?? undefined,
      }),
  });
  return { foldFolder, interrupted: false, validationDice: summary === null ? undefined : meanForegroundDice(summary) };
}

async function plansOf(taskFolder: string, configuration: string, identifier: string) {
  const file = join(taskFolder, plansFileName(configuration === '2d' ? '2D' : '3D', identifier));
  if (!existsSync(file)) {
    throw new NnUNetError('missing-plans', {
      what: 'the plans of this task are missing',
      where: file,
      remedy: 'Run nnUNet_plan_and_preprocess first, or name the plans with -p.',
    });
  }
  return readPlans(file);
}
