export { editCheckpointJson, readCheckpointJson } from './checkpoint-json.ts';
export { NUMBERED } from './find-cases.ts';
export { modelsIn } from './find-checkpoints.ts';
export type { TilingOptions } from './fold-ensemble.ts';
export { checkFolderOptions, requireOtherFolder } from './folder-options.ts';
export { type ForecastOptions, forecastPrediction, type PredictionForecast } from './forecast-prediction.ts';
export { readModelFolder } from './load-model.ts';
export { notAFolder } from './no-images.ts';
export { readCheckpointWeights } from './read-checkpoint-weights.ts';
