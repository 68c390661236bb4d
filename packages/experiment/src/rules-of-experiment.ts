import { isDatasetName } from '@nnunet/schema/internal';
import type { ExperimentRules } from './experiment-rules.ts';
import { experimentV1 } from './experiment-v1.ts';
import { experimentV2 } from './v2/experiment-v2.ts';

/** The rules of an experiment follow from the name of its task: TaskNNN_NAME is v1's, DatasetNNN_NAME v2's. */
export function rulesOfExperiment(task: string): ExperimentRules {
  return isDatasetName(task) ? experimentV2 : experimentV1;
}
