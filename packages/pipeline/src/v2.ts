export { forecastFoldV2, previewTrainingV2, searchTrainingRateV2, trainDatasetV2 } from './train-model.ts';
export {
  type ConvertToV1Options,
  type ConvertToV2Options,
  convertDatasetToV1,
  convertDecathlonToV2,
  convertTaskToV2,
} from './v2/convert-datasets.ts';
export {
  type AccumulateV2Options,
  accumulateCrossValidationV2,
  type CrossValidationOptions,
} from './v2/cross-validation.ts';
export { type EnsembleV2Options, ensembleV2 } from './v2/ensemble-files.ts';
export {
  type EvaluateByDatasetOptions,
  type EvaluateLabelsOptions,
  type EvaluationV2,
  evaluateByDatasetV2,
  evaluateLabelsV2,
} from './v2/evaluate-predictions.ts';
export { type FindBestV2Options, type FoundBestV2, findBestV2, type ScoredV2 } from './v2/find-best.ts';
export { type MovePlansV2Options, movePlansV2 } from './v2/move-plans.ts';
export {
  type DatasetsOptions,
  type ExtractFingerprintsOptions,
  extractFingerprintsV2,
  type PlanAndPreprocessDatasetsOptions,
  type PlanExperimentsOptions,
  type PreprocessDatasetsOptions,
  planAndPreprocessDatasetsV2,
  planExperimentsV2,
  preprocessDatasetsV2,
} from './v2/plan-datasets.ts';
export { type PlotOverlaysV2Options, plotOverlaysV2 } from './v2/plot-overlays.ts';
export {
  type ApplyPostprocessingV2Options,
  applyPostprocessingV2,
  type DeterminedV2,
  type DeterminePostprocessingV2Options,
  determinePostprocessingV2,
} from './v2/postprocessing.ts';
export {
  type ModelNameV2,
  type PredictV2Options,
  predictByNameV2,
  predictWithFolderV2,
} from './v2/predict-cases.ts';
export type { TrainDatasetOptions } from './v2/train-dataset.ts';
