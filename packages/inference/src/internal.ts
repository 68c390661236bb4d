export { bodyTiles } from './body-tiles.ts';
export type { Call } from './call-protocol.ts';
export { type CallContext, CallServer } from './call-server.ts';
export { type CaseForecast, forecastCase, memoryOfCase } from './case-forecast.ts';
export {
  CHECKPOINT_NAMES,
  CHECKPOINT_SUFFIX,
  checkpointJson,
  decodeCheckpoint,
  METADATA_KEY,
  MOMENTUM_PREFIX,
  WEIGHT_PREFIX,
} from './checkpoint-format.ts';
export { checkModelDescription, needsPreviousStage, patchSizeOf } from './model-description.ts';
export { readModelFile, type StoredNetworks } from './model-file.ts';
export { appendOneHot } from './one-hot-channels.ts';
export { fileSource, imageSource } from './page-files.ts';
export { countEvaluations, placeTiles } from './place-tiles.ts';
export { tilingOfPreset } from './prediction-presets.ts';
export { readTorchWeights, tensorsOf } from './read-torch-weights.ts';
export { RulesV1 } from './rules-v1.ts';
export { threadsInWords, usableThreads } from './tab-compute.ts';
export { readSource, TabImage } from './tab-files.ts';
export { PROGRAM_BYTES } from './tab-model.ts';
export type { FileSource, ImageSource } from './tab-protocol.ts';
export { readTile } from './tile.ts';
export { describeModelV2, type ModelDescriptionV2 } from './v2/model-description-v2.ts';
export { RulesV2 } from './v2/rules-v2.ts';
export { withoutMomenta } from './without-momenta.ts';
export { requireBrowser, TAB_BYTES, WorkerCalls } from './worker-calls.ts';
