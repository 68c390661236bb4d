export type { CasePrediction, PredictionArchive, PredictionMode } from './case-prediction.ts';
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
export { countEvaluations, type TilePlacement } from './place-tiles.ts';
export { predictTiled } from './predict-tiled.ts';
export { Prediction } from './prediction.ts';
export { PRESETS, type Preset, type PresetName, type TilingChoice, tilingOfPreset } from './prediction-presets.ts';
export { type LabelMap, withPreviousStage } from './previous-stage.ts';
export { slidingWindowSteps } from './sliding-window.ts';
export type { PredictPatches, TiledPredictionOptions, TileProgress } from './tiled-prediction-options.ts';
export { type LabelsV2, labelsV2 } from './v2/labels-v2.ts';
export { describeModelV2, type ModelDescriptionV2, type ModelSourceV2 } from './v2/model-description-v2.ts';
export { predictTiledLogits } from './v2/predict-tiled-v2.ts';
export { PredictionV2 } from './v2/prediction-v2.ts';
export { withoutMomenta } from './without-momenta.ts';
