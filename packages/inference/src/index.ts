export { gaussianImportance } from './gaussian-importance.ts';
export { mirrorVersions } from './mirroring.ts';
export { type Padding, padToPatch } from './padding.ts';
export {
  countEvaluations,
  type PredictPatches,
  predictTiled,
  type TiledPredictionOptions,
  type TileProgress,
} from './predict-tiled.ts';
export { slidingWindowSteps } from './sliding-window.ts';
