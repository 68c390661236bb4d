import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import { readCheckpointWeights } from '@nnunet/inference/node/internal';
import { type Compute, requireDevice } from '@nnunet/network/node';
import type { Configuration, Roots } from '@nnunet/schema';
import {
  checkConfiguration,
  croppedFolder,
  foldFolderName,
  modelFolder,
  parseFold,
  plansFileName,
  preprocessedFolder,
} from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { jsonOrPickleExists, resolveTask } from '@nnunet/store/internal';
import { createTrainer, shippedListeners, type TrainerName, type TrainingSettings } from '@nnunet/trainer';
import { checkSettings } from '@nnunet/trainer/internal';
import { FoldFolder, type TrainOptions, train } from '@nnunet/trainer/node';
import { type Extensions, shippedExtensions } from './extensions.ts';
import { labelNamesOf } from './label-names.ts';
import { withLoggers } from './loggers.ts';
import { checkStage } from './prepare-stage.ts';
import { previousStageFolder } from './previous-stage.ts';
import type { Reporter } from './reporter.ts';
import { trainingProgress } from './training-progress.ts';
import { type ValidationScores, validateModel } from './validate-model.ts';

export interface TrainModelOptions {
  roots: Roots;
  configuration: Configuration;
  trainer: TrainerName;
  /** Where trainers, architectures, transforms and metrics are looked up, and who listens. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'trainers' | 'transforms'> &
    Partial<Pick<Extensions, 'architectures' | 'formats' | 'listeners' | 'metrics' | 'trainersV2'>>;
  /** Names of built-in loggers that write the training down, such as 'tensorboard'. Default: none. */
  logTo?: readonly string[];
  /** 3d_cascade_fullres: name of the trainer that 3d_lowres was trained with. Default: 'nnUNetTrainerV2'. */
  lowresTrainer?: TrainerName;
  /** Id or name. */
  task: string;
  /** Index of a fold, or 'all'. */
  fold: string;
  plansIdentifier: string;
  /** Continue an interrupted training; start it if there is nothing to continue yet. */
  continueTraining: boolean;
  /** Only validate a finished training. */
  validationOnly: boolean;
  /** With validationOnly: use model_best instead of the final checkpoint. */
  validateBest: boolean;
  validationFolder: string;
  /** Predict and score the validation cases after the training. */
  evaluate: boolean;
  /** Predict validation cases again that already have a result. */
  overwrite: boolean;
  saveSoftmax: boolean;
  /** Write summary.json with v1's bare NaN. */
  bareNaN?: boolean;
  /** Decide on postprocessing after the validation. Default: true. */
  decidePostprocessing?: boolean;
  /** 3d_lowres: also predict for the cascade. Default: true. */
  predictNextStage?: boolean;
  /** Do not keep the model. */
  disableSaving?: boolean;
  /** Checkpoint with the initial weights of a new training; of no effect if it continues. */
  pretrainedWeights?: string;
  /** Take those of the pretrained weights that fit, and leave the others. */
  partialWeights?: boolean;
  settings: Partial<TrainingSettings>;
  /** Device and settings for running the network. */
  compute?: Compute;
  /**
   * Each session of a new training gets a whole planned batch unless the settings give a batch size (v1's DP and DDP).
   */
  batchPerSession?: boolean;
  /** Memory limit of the training in bytes. Default: the free memory. */
  maxMemory?: number;
  /** Threads that make batches. */
  workers?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

export interface TrainModelResult {
  foldFolder: string;
  interrupted: boolean;
  /** Scores of the validation cases, if they were predicted. */
  scores?: ValidationScores;
}

/** Trains a fold by v1's rules, then predicts and scores its validation cases (v1's run_training.py). */
export async function trainTask(options: TrainModelOptions): Promise<TrainModelResult> {
  const { reporter, validationOnly, pretrainedWeights, evaluate, predictNextStage = true } = options;
  if (pretrainedWeights !== undefined && validationOnly) {
    throw usageError({
      what: 'pretrained weights can only be used to start a new training',
      remedy: 'Leave out `pretrainedWeights` or `validationOnly`.',
    });
  }
  if (options.partialWeights && pretrainedWeights === undefined) {
    throw usageError({ what: '`partialWeights` is about pretrained weights', remedy: 'Add `pretrainedWeights`.' });
  }
  const planned = await planTraining(options);
  const labelNames = await labelNamesOf(options.roots, planned.task);
  const foldFolder = join(planned.modelFolder, foldFolderName(planned.fold));
  let { listeners } = planned;
  if (!validationOnly) {
    const trained = await train({
      ...planned,
      continueTraining: options.continueTraining,
      disableSaving: options.disableSaving,
      evaluate,
      predictNextStage,
      labelNames,
      partialWeights: options.partialWeights,
      pretrainedWeights: pretrainedWeights === undefined ? undefined : await readCheckpointWeights(pretrainedWeights),
      onLog: (text) => reporter.message(text),
      onProgress: trainingProgress(reporter, options.settings),
    });
    listeners = trained.listeners;
    if (trained.result === 'interrupted') return { foldFolder, interrupted: true };
  }
  const unsaved = options.disableSaving === true && !validationOnly;
  const scores = await validateModel({
    ...planned,
    listeners,
    metrics: options.extensions?.metrics,
    checkpoint: unsaved ? 'latest' : validationOnly && options.validateBest ? 'best' : 'final',
    validationFolder: options.validationFolder,
    evaluate,
    overwrite: options.overwrite,
    saveProbabilities: options.saveSoftmax,
    bareNaN: options.bareNaN,
    predictNextStage,
    decidePostprocessing: options.decidePostprocessing ?? true,
    labelNames,
    reporter,
  });
  if (unsaved) await rm(join(foldFolder, 'model_latest.safetensors'), { force: true });
  return { foldFolder, interrupted: false, scores };
}

/** Checks the options of a training and finds its plans, trainer and folders. */
export async function planTraining(options: TrainModelOptions): Promise<TrainOptions> {
  const { roots, plansIdentifier, reporter, signal, compute = {}, workers, maxMemory } = options;
  const { device = 'cpu', sessions = 1 } = compute;
  const configuration = checkConfiguration(options.configuration);
  const fold = parseFold(options.fold);
  checkSettings(options.settings);
  requireInteger('threads', compute.threads, 1);
  await requireDevice(device, options.validationOnly ? 1 : sessions);
  const { trainers, transforms, architectures, listeners = shippedListeners } = options.extensions ?? shippedExtensions;
  const listening = withLoggers(listeners, options.logTo);
  trainers.get(options.trainer);
  const prepared = preprocessedFolder(roots);
  const task = await resolveTask(options.task, roots);
  const taskFolder = join(prepared, task);
  const folder = modelFolder(roots, { configuration, task, trainer: options.trainer, plans: plansIdentifier });
  const plans = await plansOf(taskFolder, configuration, plansIdentifier);
  const trainer = createTrainer({ plans, configuration, trainer: options.trainer, trainers, architectures });
  const notice = await checkStage(
    plans,
    trainer.stage,
    taskFolder,
    roots.rawBase === null ? null : croppedFolder(roots, task),
  );
  if (notice !== null) reporter.message(notice);
  const previous = trainer.needsPreviousStage()
    ? await previousStageFolder({
        roots,
        task,
        trainer: options.lowresTrainer ?? 'nnUNetTrainerV2',
        plansIdentifier,
        plans,
      })
    : undefined;
  const settings = { ...options.settings };
  const continues = options.continueTraining && new FoldFolder(folder, fold).canContinue();
  if (options.batchPerSession && !continues) {
    settings.batchSize ??= sessions * trainer.stagePlans.batch_size;
  }
  return {
    preprocessedFolder: taskFolder,
    modelFolder: folder,
    task,
    plans,
    configuration,
    fold,
    trainer: options.trainer,
    trainers,
    architectures,
    transforms,
    listeners: listening,
    settings,
    previousStageFolder: previous,
    workers,
    compute,
    maxMemory,
    signal,
  };
}

async function plansOf(taskFolder: string, configuration: string, identifier: string) {
  const file = join(taskFolder, plansFileName(configuration === '2d' ? '2D' : '3D', identifier));
  if (!jsonOrPickleExists(file)) {
    throw new NnUNetError('missing-plans', {
      what: 'the plans of this task are missing',
      where: file,
      remedy: 'Run nnUNet_plan_and_preprocess first, or name the plans: `plansIdentifier`.',
    });
  }
  return readPlans(file);
}
