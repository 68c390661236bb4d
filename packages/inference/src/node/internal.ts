export type { TilingOptions } from '../fold-ensemble.ts';
export type { ModelContentV2 } from '../v2/read-folds-v2.ts';
export { editCheckpointJson, readCheckpointJson } from './checkpoint-json.ts';
export { findFilesOfCases, NUMBERED } from './find-cases.ts';
export { findCheckpoints, modelsIn, V2_LAYOUT } from './find-checkpoints.ts';
export {
  type DicePair,
  INTEGERS_FILE,
  readFoldIntegers,
  writeFoldIntegers,
} from './fold-integers.ts';
export { checkFolderOptions, requireOtherFile, requireOtherFolder } from './folder-options.ts';
export { type ForecastOptions, forecastPrediction, type PredictionForecast } from './forecast-prediction.ts';
export { readModelFolder } from './load-model.ts';
export { isModelFolderV2, readModelFolderV2 } from './model-folder-v2.ts';
export { identityOf } from './model-identity.ts';
export { notAFolder } from './no-images.ts';
export { readCheckpointWeights } from './read-checkpoint-weights.ts';
