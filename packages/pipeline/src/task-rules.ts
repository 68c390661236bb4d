import { isDatasetName } from '@nnunet/schema/internal';
import type { FoldRules } from './fold-rules.ts';
import { rulesV1 } from './plan-task.ts';
import type { PreparationRules } from './preparation-rules.ts';
import { type TaskLabels, taskLabelsV1 } from './task-labels.ts';
import { trainingV1 } from './train-by-v1.ts';
import { datasetLabels } from './v2/dataset-labels.ts';
import { rulesV2 } from './v2/plan-datasets.ts';
import { trainingV2 } from './v2/train-by-v2.ts';

/** How tasks of one nnU-Net, v1 or v2, are prepared and trained, and where their labels lie. */
export interface TaskRules {
  preparation: PreparationRules;
  training: FoldRules;
  labels: TaskLabels;
}

/** Of tasks of v1. */
export const taskRulesV1: TaskRules = { preparation: rulesV1, training: trainingV1, labels: taskLabelsV1 };
/** Of datasets of v2. */
export const taskRulesV2: TaskRules = { preparation: rulesV2, training: trainingV2, labels: datasetLabels };

/** The rules of a task follow from its name: TaskNNN_NAME is v1's, DatasetNNN_NAME v2's. */
export function rulesOfTask(task: string): TaskRules {
  return isDatasetName(task) ? taskRulesV2 : taskRulesV1;
}
