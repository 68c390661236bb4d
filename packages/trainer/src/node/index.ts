export type { Checkpoint } from '../checkpoint.ts';
export { type FindLearningRateOptions, findLearningRate } from './find-learning-rate.ts';
export { FoldFolder } from './fold-folder.ts';
export type { FoldTask } from './fold-task.ts';
export { forecastTraining, type TrainingForecast } from './forecast-training.ts';
export { type PreviewBatchesOptions, previewBatches } from './preview-batches.ts';
export { type TrainedFold, type TrainOptions, train } from './train.ts';
export { type ValidatedFold, type ValidateFoldOptions, validateFold } from './validate-fold.ts';
