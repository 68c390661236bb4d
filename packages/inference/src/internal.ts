export {
  CHECKPOINT_NAMES,
  CHECKPOINT_SUFFIX,
  decodeCheckpoint,
  METADATA_KEY,
  MOMENTUM_PREFIX,
  WEIGHT_PREFIX,
} from './checkpoint-format.ts';
export { checkModelDescription, needsPreviousStage, patchSizeOf } from './model-description.ts';
export { appendOneHot } from './one-hot-channels.ts';
export { countEvaluations } from './place-tiles.ts';
export { tilingOfPreset } from './prediction-presets.ts';
export { withoutMomenta } from './without-momenta.ts';
