export {
  type ConvertToV1Options,
  type ConvertToV2Options,
  convertDatasetToV1,
  convertDecathlonToV2,
  convertTaskToV2,
} from './v2/convert-datasets.ts';
export {
  type EvaluateByDatasetOptions,
  type EvaluateLabelsOptions,
  type EvaluationV2,
  evaluateByDatasetV2,
  evaluateLabelsV2,
} from './v2/evaluate-predictions.ts';
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
export {
  type ModelNameV2,
  type PredictV2Options,
  predictByNameV2,
  predictWithFolderV2,
} from './v2/predict-cases.ts';
export { type TrainDatasetOptions, trainDatasetV2 } from './v2/train-dataset.ts';
