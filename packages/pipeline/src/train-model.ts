import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type NameAmong, NnUNetError, usageError } from '@nnunet/errors';
import { readCheckpointWeights } from '@nnunet/inference/node/internal';
import type { Compute } from '@nnunet/network/node';
import { requireDevices } from '@nnunet/network/node/internal';
import type { Configuration, Roots } from '@nnunet/schema';
import {
  checkConfiguration,
  croppedFolder,
  foldFolderName,
  modelFolder,
  parseFold,
  plansFileName,
  preprocessedFolder,
  stageFolderName,
} from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { resolveTask } from '@nnunet/store/internal';
import { createTrainer, type TrainerName, type TrainingSettings } from '@nnunet/trainer';
import {
  findLearningRate,
  forecastTraining,
  previewBatches,
  type TrainingForecast,
  type TrainOptions,
  train,
} from '@nnunet/trainer/node';
import { type Extensions, shippedExtensions } from './extensions.ts';
import { labelNamesOf } from './plot-predictions.ts';
import { checkStage } from './prepare-stage.ts';
import { previousStageFolder } from './previous-stage.ts';
import type { Reporter } from './reporter.ts';
import { foldsOfTask } from './task-folds.ts';
import { type ValidationScores, validateModel } from './validate-model.ts';

export interface TrainModelOptions {
  roots: Roots;
  configuration: NameAmong<Configuration>;
  trainer: TrainerName;
  /** Where trainers and transforms are looked up; the shipped ones if not given. */
  extensions?: Pick<Extensions, 'trainers' | 'transforms'>;
  /** 3d_cascade_fullres: name of the trainer that 3d_lowres was trained with; 'nnUNetTrainerV2'. */
  lowresTrainer?: TrainerName;
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
  /** Write summary.json with v1's bare NaN. */
  bareNaN?: boolean;
  /** Do not decide on postprocessing after the validation. */
  disablePostprocessing?: boolean;
  /** 3d_lowres: predict nothing for the cascade. */
  disableNextStage?: boolean;
  /** Keep no model. */
  disableSaving?: boolean;
  /** Checkpoint whose weights a new training starts with. */
  pretrainedWeights?: string;
  settings: Partial<TrainingSettings>;
  /** Where and with what the network is computed. */
  compute?: Compute;
  /** The batch of a new training is the planned one for each session, where settings name none (v1's DP and DDP). */
  batchPerSession?: boolean;
  /** Bytes that training may take; what is free if not given. */
  maxMemory?: number;
  /** Threads that make batches. */
  workers?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

export interface TrainModelResult {
  foldFolder: string;
  interrupted: boolean;
  /** Of the validation cases, where they were predicted. */
  scores?: ValidationScores;
}

/** What training a fold takes here. */
export interface FoldForecast extends TrainingForecast {
  /** That the task has. */
  folds: number;
}

/** A training as far as it is decided before it starts. */
interface PlannedTraining {
  foldFolder: string;
  options: TrainOptions;
}

/** What nnUNet_train does: trains a fold, then predicts and scores its validation cases (v1's run_training.py). */
export async function trainModel(options: TrainModelOptions): Promise<TrainModelResult> {
  const { reporter, validationOnly, pretrainedWeights } = options;
  if (pretrainedWeights !== undefined && (options.continueTraining || validationOnly)) {
    throw usageError({
      what: 'pretrained weights can only be used to start a new training',
      remedy: 'Leave out `pretrainedWeights`, or `continueTraining` and `validationOnly`.',
    });
  }
  const planned = await planTraining(options);
  const { foldFolder } = planned;
  if (!validationOnly) {
    // With a time budget the number of epochs is only an upper bound, and says nothing about how far the training is.
    const inTime = options.settings.timeBudget !== undefined;
    const { result } = await train({
      ...planned.options,
      continueTraining: options.continueTraining,
      disableSaving: options.disableSaving,
      validatesAfterwards: !options.disableValidation,
      predictsNextStage: !options.disableNextStage,
      pretrainedWeights: pretrainedWeights === undefined ? undefined : await readCheckpointWeights(pretrainedWeights),
      onLog: (text) => reporter.message(text),
      onProgress: ({ phase, epoch, epochs, iteration, iterations, secondsPerIteration, secondsLeft }) =>
        reporter.progress({
          what: `epoch ${epoch}${inTime ? '' : ` of ${epochs}`}, ${phase}`,
          done: iteration,
          total: iterations,
          note: `${secondsPerIteration.toFixed(2)} s each`,
          secondsLeft,
        }),
    });
    if (result === 'interrupted') return { foldFolder, interrupted: true };
  }
  const unsaved = options.disableSaving === true && !validationOnly;
  const scores = await validateModel({
    ...planned.options,
    foldFolder,
    checkpoint: unsaved ? 'latest' : validationOnly && options.validateBest ? 'best' : 'final',
    validationFolder: options.validationFolder,
    evaluate: !options.disableValidation,
    overwrite: !options.keepValidation,
    saveProbabilities: options.saveSoftmax,
    bareNaN: options.bareNaN,
    predictNextStage: !options.disableNextStage,
    decidePostprocessing: !options.disablePostprocessing,
    labelNames: await labelNamesOf(options.roots, planned.options.task),
    reporter,
  });
  if (unsaved) await rm(join(foldFolder, 'model_latest.safetensors'), { force: true });
  return { foldFolder, interrupted: false, scores };
}

/** What `nnUNet_train --dry_run` does: what training this fold takes here, and how many folds the task has. */
export async function forecastFold(options: TrainModelOptions): Promise<FoldForecast> {
  const { options: planned } = await planTraining(options);
  const forecast = await forecastTraining({ ...planned, validatesAfterwards: !options.disableValidation });
  return { ...forecast, folds: (await foldsOfTask(options.roots, planned.task)).length };
}

/** What `nnUNet_train --find_lr` does. Returns the picture. */
export async function searchTrainingRate(options: TrainModelOptions): Promise<string> {
  const { reporter } = options;
  const planned = await planTraining(options);
  const { file } = await findLearningRate({
    ...planned.options,
    onProgress: ({ done, total, point }) =>
      reporter.progress({
        what: 'trying learning rates',
        done,
        total,
        note: `${point.learningRate.toExponential(1)}: loss + 1 = ${point.loss.toFixed(3)}`,
      }),
  });
  return file;
}

/** What `nnUNet_train --preview_batches N` does. Returns the pictures. */
export async function previewTraining(options: TrainModelOptions, count: number): Promise<string[]> {
  const { reporter } = options;
  return previewBatches({
    ...(await planTraining(options)).options,
    count,
    onProgress: (done) => reporter.progress({ what: 'drawing batches', done, total: count }),
  });
}

async function planTraining(options: TrainModelOptions): Promise<PlannedTraining> {
  const { roots, plansIdentifier, reporter, signal, compute = {}, workers, maxMemory } = options;
  const { device = 'cpu', sessions = 1 } = compute;
  await requireDevices(device, options.validationOnly ? 1 : sessions);
  const configuration = checkConfiguration(options.configuration);
  const fold = parseFold(options.fold);
  const { trainers, transforms } = options.extensions ?? shippedExtensions;
  trainers.get(options.trainer);
  const prepared = preprocessedFolder(roots);
  const task = await resolveTask(options.task, roots);
  const taskFolder = join(prepared, task);
  const folder = modelFolder(roots, { configuration, task, trainer: options.trainer, plans: plansIdentifier });
  const plans = await plansOf(taskFolder, configuration, plansIdentifier);
  const trainer = createTrainer({ plans, configuration, trainer: options.trainer, trainers });
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
        taskFolder,
        stageFolder: join(taskFolder, stageFolderName(plans.data_identifier, trainer.stage)),
      })
    : undefined;
  const settings = { ...options.settings };
  if (options.batchPerSession && !options.continueTraining) {
    settings.batchSize ??= sessions * trainer.stagePlans.batch_size;
  }
  return {
    foldFolder: join(folder, foldFolderName(fold)),
    options: {
      preprocessedFolder: taskFolder,
      modelFolder: folder,
      task,
      plans,
      configuration,
      fold,
      trainer: options.trainer,
      trainers,
      transforms,
      settings,
      previousStageFolder: previous,
      workers,
      compute,
      maxMemory,
      signal,
    },
  };
}

async function plansOf(taskFolder: string, configuration: string, identifier: string) {
  const file = join(taskFolder, plansFileName(configuration === '2d' ? '2D' : '3D', identifier));
  // v1's pickle of the same name will do as well.
  if (!existsSync(file) && !existsSync(file.replace(/\.json$/, '.pkl'))) {
    throw new NnUNetError('missing-plans', {
      what: 'the plans of this task are missing',
      where: file,
      remedy: 'Run nnUNet_plan_and_preprocess first, or name the plans: `plansIdentifier`.',
    });
  }
  return readPlans(file);
}
