export { type CompareConfigurationsOptions, compareConfigurations } from './compare-configurations.ts';
export { type ConsolidateModelOptions, consolidateModel } from './consolidate-model.ts';
export { type ConvertDecathlonOptions, convertDecathlon } from './convert-decathlon.ts';
export { type DescribeDatasetOptions, describeDataset } from './describe-dataset.ts';
export type { DicomKind, DicomOutput } from './dicom-output.ts';
export { type EnsemblePredictionsOptions, ensemblePredictions } from './ensemble-predictions.ts';
export { type EvaluateOptions, evaluate } from './evaluate.ts';
export { type ExplainTaskOptions, explainTask } from './explain-task.ts';
export { type Extensions, loadExtensions } from './extensions.ts';
export { type Imported, type ImportImagesOptions, importImages } from './import-images.ts';
export type { ImportPatterns } from './import-pattern.ts';
export type { PicturedModel } from './pictured-model.ts';
export { planAndPreprocess } from './plan-and-preprocess.ts';
export {
  type PicturedFolders,
  type PlotPredictionsOptions,
  plotPredictions,
  validationFolders,
} from './plot-predictions.ts';
export { type PlotTaskOptions, plotTask } from './plot-task.ts';
export { type PostprocessPredictionsOptions, postprocessPredictions } from './postprocess-predictions.ts';
export { type PredictFilesOptions, predictFiles } from './predict-files.ts';
export type { PredictImagesOptions, PredictResult } from './predict-options.ts';
export type { PlanAndPreprocessOptions } from './preparation-rules.ts';
export { type RepairTaskOptions, repairTask } from './repair-task.ts';
export type { Progress, Reporter } from './reporter.ts';
export {
  type CheckTaskSplitsOptions,
  checkTaskSplits,
  type SplitSources,
  type SplitTaskOptions,
  splitTask,
} from './split-task.ts';
export { forecastFold, previewTraining, searchTrainingRate, trainModel } from './train-model.ts';
export type { TrainModelOptions, TrainModelResult } from './train-task.ts';
export type { FoldForecast } from './try-fold.ts';
export type { ValidationScores } from './validate-model.ts';
