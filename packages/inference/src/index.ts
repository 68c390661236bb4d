export type { CasePrediction, PredictionArchive, PredictionMode, RestoreLimit } from './case-prediction.ts';
export type { WeightMap } from './checkpoint-format.ts';
export { gaussianImportance } from './gaussian-importance.ts';
export {
  type BrowserModel,
  type BrowserPrediction,
  type BrowserPredictOptions,
  type EstimateOptions,
  type LoadModelOptions,
  loadModel,
} from './load-model.ts';
export type { ModelDescription } from './model-description.ts';
export type { BrowserImage } from './page-files.ts';
export { predictTiled } from './predict-tiled.ts';
export { Prediction } from './prediction.ts';
export { PRESETS, type Preset, type PresetName } from './prediction-presets.ts';
export { slidingWindowSteps } from './sliding-window.ts';
export type { TabDevice, TabEstimate, TabProgress } from './tab-protocol.ts';
export type { Tile } from './tile.ts';
export type { PredictPatches, TiledPredictionOptions, TileProgress } from './tiled-prediction-options.ts';
