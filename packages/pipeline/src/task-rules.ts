import { isDatasetName } from '@nnunet/schema/internal';
import { explanationV1 } from './explain-v1.ts';
import type { FoldRules } from './fold-rules.ts';
import { type ValidationRules, validationV1 } from './pictured-model.ts';
import { rulesV1 } from './plan-task.ts';
import type { PlansExplanation } from './planned-network.ts';
import type { PreparationRules } from './preparation-rules.ts';
import { type TaskLabels, taskLabelsV1 } from './task-labels.ts';
import { trainingV1 } from './train-by-v1.ts';
import { datasetLabels } from './v2/dataset-labels.ts';
import { explanationV2 } from './v2/explain-dataset.ts';
import { validationV2 } from './v2/pictured-model.ts';
import { rulesV2 } from './v2/plan-datasets.ts';
import { trainingV2 } from './v2/train-by-v2.ts';

/** How tasks of one nnU-Net, v1 or v2, are prepared and trained, their plans explained, and where their labels lie. */
export interface TaskRules {
  /** As messages call them: 'nnU-Net v1'. */
  name: string;
  preparation: PreparationRules;
  training: FoldRules;
  explanation: PlansExplanation;
  labels: TaskLabels;
  validation: ValidationRules;
}

/** Of tasks of v1. */
export const taskRulesV1: TaskRules = {
  name: rulesV1.name,
  preparation: rulesV1,
  training: trainingV1,
  explanation: explanationV1,
  labels: taskLabelsV1,
  validation: validationV1,
};
/** Of datasets of v2. */
export const taskRulesV2: TaskRules = {
  name: rulesV2.name,
  preparation: rulesV2,
  training: trainingV2,
  explanation: explanationV2,
  labels: datasetLabels,
  validation: validationV2,
};

/** The rules of a task follow from its name: TaskNNN_NAME is v1's, DatasetNNN_NAME v2's. */
export function rulesOfTask(task: string): TaskRules {
  return isDatasetName(task) ? taskRulesV2 : taskRulesV1;
}
