import { requireInteger } from '@nnunet/errors/internal';
import { resolveDatasetFirst, resolveTaskFirst } from '@nnunet/store/internal';
import type { FoldRules } from './fold-rules.ts';
import { rulesOfTask, taskRulesV1, taskRulesV2 } from './task-rules.ts';
import type { TrainModelOptions, TrainModelResult } from './train-task.ts';
import { type FoldForecast, forecastPlanned, previewPlanned, searchPlannedRate } from './try-fold.ts';
import type { TrainDatasetOptions } from './v2/train-dataset.ts';

/**
 * Implements nnUNet_train: trains a fold, then predicts and scores its validation cases, by the rules of the task. For a
 * dataset of nnU-Net v2, v1's usual trainers and plans stand for v2's.
 *
 * @throws NnUNetError the errors of `trainTask` or of `trainDataset`; 'usage' for options that the rules do not have
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainModelResult> {
  const { rules, named } = await foundTask(options);
  return rules.train(named);
}

/**
 * Implements `nnUNet_train --dry_run`: forecasts the cost of training this fold on this machine, and returns the number
 * of folds of the task.
 */
export async function forecastFold(options: TrainModelOptions): Promise<FoldForecast> {
  const { rules, named } = await foundTask(options);
  return forecastPlanned(await rules.plan(named));
}

/** Implements `nnUNet_train --preview_batches N`. Returns the paths of the pictures. */
export async function previewTraining(options: TrainModelOptions, count: number): Promise<string[]> {
  requireInteger('count', count, 1);
  const { rules, named } = await foundTask(options);
  return previewPlanned(await rules.plan(named), count, options.reporter);
}

/** Implements `nnUNet_train --find_lr`. Returns the path of the picture. */
export async function searchTrainingRate(options: TrainModelOptions): Promise<string> {
  const { rules, named } = await foundTask(options);
  return searchPlannedRate(await rules.plan(named), options.reporter);
}

/**
 * Implements nnUNetv2_train in the same way. For a task of v1, v2's usual trainer and plans stand for v1's.
 *
 * @throws NnUNetError as {@link trainModel}
 */
export async function trainDatasetV2(options: TrainDatasetOptions): Promise<TrainModelResult> {
  const { rules, named } = await foundDataset(options);
  return rules.trainDataset(named);
}

/** Implements `nnUNetv2_train --dry_run`, as {@link forecastFold}. */
export async function forecastFoldV2(options: TrainDatasetOptions): Promise<FoldForecast> {
  const { rules, named } = await foundDataset(options);
  return forecastPlanned(await rules.planDataset(named));
}

/** Implements `nnUNetv2_train --preview_batches N`, as {@link previewTraining}. */
export async function previewTrainingV2(options: TrainDatasetOptions, count: number): Promise<string[]> {
  requireInteger('count', count, 1);
  const { rules, named } = await foundDataset(options);
  return previewPlanned(await rules.planDataset(named), count, options.reporter);
}

/** Implements `nnUNetv2_train --find_lr`, as {@link searchTrainingRate}. */
export async function searchTrainingRateV2(options: TrainDatasetOptions): Promise<string> {
  const { rules, named } = await foundDataset(options);
  return searchPlannedRate(await rules.planDataset(named), options.reporter);
}

/** The rules of a task, and the options with its whole name. What is not found is told when the other options have been checked. */
async function foundTask(options: TrainModelOptions): Promise<{ rules: FoldRules; named: TrainModelOptions }> {
  const task = await resolveTaskFirst(options.task, options.roots).catch(() => null);
  if (task === null) return { rules: taskRulesV1.training, named: options };
  return { rules: rulesOfTask(task).training, named: { ...options, task } };
}

async function foundDataset(options: TrainDatasetOptions): Promise<{ rules: FoldRules; named: TrainDatasetOptions }> {
  const dataset = await resolveDatasetFirst(options.dataset, options.roots).catch(() => null);
  if (dataset === null) return { rules: taskRulesV2.training, named: options };
  return { rules: rulesOfTask(dataset).training, named: { ...options, dataset } };
}
