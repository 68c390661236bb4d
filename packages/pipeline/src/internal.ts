export { PRETRAINED_PLANNER } from './choose-planners.ts';
export { candidateTable } from './compare-configurations.ts';
export { describeRule } from './consolidate-model.ts';
export { drawNetworks, explainedPlans, type PlannedNetwork } from './explain-task.ts';
export { fourDigits } from './four-digits.ts';
export { labelNamesOf } from './plot-predictions.ts';
export { rawTrainingCases } from './raw-cases.ts';
export { foldsOfTask } from './task-folds.ts';
export { trainedModelFolder } from './trained-model.ts';
