export { type FindLearningRateOptions, findLearningRate } from './find-learning-rate.ts';
export { casesOfFold } from './fold-cases.ts';
export { FoldFolder } from './fold-folder.ts';
export { forecastTraining, type TrainingForecast } from './forecast-training.ts';
export { type PreviewBatchesOptions, previewBatches } from './preview-batches.ts';
export { startSessionEngine } from './session-engine.ts';
export { type TrainedFold, type TrainOptions, train } from './train.ts';
export { type ValidatedFold, type ValidateFoldOptions, validateFold } from './validate-fold.ts';
