export type { Volume } from '@nnunet/volume';
export type { TilingOptions } from '../fold-ensemble.ts';
export type { ModelPostprocessing, ModelRules, NamedLabels } from '../model-rules.ts';
export type { TilePlacement } from '../place-tiles.ts';
export type { LabelMap } from '../previous-stage.ts';
export type { FinishedPlanes } from '../tiled-planes.ts';
export type { ModelDescriptionV2 } from '../v2/model-description-v2.ts';
export { type FoundCases, findCases, type InputCase } from './find-cases.ts';
export type { CheckpointChoice } from './find-checkpoints.ts';
export type {
  FolderEstimate,
  FolderProgress,
  FolderResult,
  PredictFolderOptions,
  ThreadNumbers,
} from './folder-options.ts';
export type { IntegerChoice } from './integer-choice.ts';
export { type LoadOptions, loadModel } from './load-model.ts';
export type { SessionOptions } from './node-ensemble.ts';
export { predictFolder } from './predict-folder.ts';
export { Model, type ModelOptions, ModelV2, type PredictOptions, type TrainedModel } from './trained-model.ts';
export { type WritePredictionOptions, writePrediction } from './write-prediction.ts';
