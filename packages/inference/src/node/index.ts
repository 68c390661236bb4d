export { type FoundCases, findCases, type InputCase } from './find-cases.ts';
export { type CheckpointChoice, findCheckpoints } from './find-checkpoints.ts';
export type { SessionOptions, TilingOptions } from './fold-ensemble.ts';
export { loadModel, type ModelContent, readModelFolder } from './load-model.ts';
export { defaultMaxMemory, formatBytes } from './memory-limit.ts';
export { Model } from './model.ts';
export { ModelV2 } from './model-v2.ts';
export {
  type FolderEstimate,
  type FolderProgress,
  type FolderResult,
  type PredictFolderOptions,
  predictFolder,
} from './predict-folder.ts';
export { readCheckpointWeights } from './read-checkpoint-weights.ts';
export { TimeLeft } from './time-left.ts';
export type { PredictOptions, TrainedModel } from './trained-model.ts';
export { type WritePredictionOptions, writePrediction } from './write-prediction.ts';
