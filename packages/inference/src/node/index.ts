export { type FoundCases, findCases, type InputCase } from './find-cases.ts';
export { type CheckpointChoice, findCheckpoints } from './find-checkpoints.ts';
export type { SessionOptions, TilingOptions } from './fold-ensemble.ts';
export { loadModel } from './load-model.ts';
export { Model, type PredictOptions } from './model.ts';
export { type FolderProgress, type FolderResult, type PredictFolderOptions, predictFolder } from './predict-folder.ts';
export { TimeLeft } from './time-left.ts';
export { type WritePredictionOptions, writePrediction } from './write-prediction.ts';
