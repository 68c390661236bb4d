import { resolveDatasetFirst, resolveTaskFirst } from '@nnunet/store/internal';
import { rulesOfTask, taskRulesV1, taskRulesV2 } from './task-rules.ts';
import type { TrainModelOptions, TrainModelResult } from './train-task.ts';
import type { TrainDatasetOptions } from './v2/train-dataset.ts';

/**
 * Implements nnUNet_train: trains a fold, then predicts and scores its validation cases, by the rules of the task. For a
 * dataset of nnU-Net v2, v1's usual trainers and plans stand for v2's.
 *
 * @throws NnUNetError the errors of `trainTask` or of `trainDataset`; 'usage' for options that the rules do not have
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainModelResult> {
  // What is not found is told when the other options have been checked.
  const task = await resolveTaskFirst(options.task, options.roots).catch(() => null);
  if (task === null) return taskRulesV1.training.train(options);
  return rulesOfTask(task).training.train({ ...options, task });
}

/**
 * Implements nnUNetv2_train in the same way. For a task of v1, v2's usual trainer and plans stand for v1's.
 *
 * @throws NnUNetError as {@link trainModel}
 */
export async function trainDatasetV2(options: TrainDatasetOptions): Promise<TrainModelResult> {
  const dataset = await resolveDatasetFirst(options.dataset, options.roots).catch(() => null);
  if (dataset === null) return taskRulesV2.training.trainDataset(options);
  return rulesOfTask(dataset).training.trainDataset({ ...options, dataset });
}
