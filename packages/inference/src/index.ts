export { geometryOfCase } from './case-geometry.ts';
export {
  CHECKPOINT_NAMES,
  CHECKPOINT_SUFFIX,
  decodeCheckpoint,
  METADATA_KEY,
  MOMENTUM_PREFIX,
  type StoredModel,
  WEIGHT_PREFIX,
  type WeightMap,
} from './checkpoint-format.ts';
export { gaussianImportance } from './gaussian-importance.ts';
export { mirrorVersions } from './mirroring.ts';
export { checkModelDescription, type ModelDescription, needsPreviousStage, patchSizeOf } from './model-description.ts';
export { appendOneHot } from './one-hot-channels.ts';
export { type Padding, padToPatch } from './padding.ts';
export {
  countEvaluations,
  type PredictPatches,
  predictTiled,
  type TiledPredictionOptions,
  type TileProgress,
} from './predict-tiled.ts';
export { Prediction, type PredictionMode } from './prediction.ts';
export { type LabelMap, withPreviousStage } from './previous-stage.ts';
export { slidingWindowSteps } from './sliding-window.ts';
