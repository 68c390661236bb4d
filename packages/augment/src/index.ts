export { augmentSample } from './augment-sample.ts';
export { blurGaussian } from './blur.ts';
export { addBrightness, multiplyBrightness } from './brightness.ts';
export { applyBallSteps, BALL_OPERATIONS, type BallOperation, type BallStep, oneHotLabels } from './cascade.ts';
export { changeContrast } from './contrast.ts';
export { deepSupervisionScales, downsampleLabels, scaledShape } from './deep-supervision.ts';
export { applyGamma, type GammaOptions } from './gamma.ts';
export { loadPatch, type PatchPlace } from './loader.ts';
export type { LoaderPatch, Sample } from './loader-patch.ts';
export { simulateLowResolution } from './low-resolution.ts';
export { maskChannel } from './mask.ts';
export { mirrorAxes } from './mirror.ts';
export { addGaussianNoise, type NormalStream } from './noise.ts';
export {
  type ClassLocations,
  forcedStart,
  freeStart,
  isForcedSample,
  type PatchPosition,
  type PositionDraws,
  startBounds,
} from './patch-sampling.ts';
export { enlargedPatchSize, type PatchEnlargement } from './patch-size.ts';
export { type ArrayCase, arraySource, type PatchBox, type PatchSource } from './patch-source.ts';
export { type AugmentationRecipe, type Range, type RecipeV2Options, recipeV2, type SpatialRecipe } from './recipe.ts';
export { type Batch, type BatchKey, type BatchTarget, sampleBatch, validationBatch } from './sample-batch.ts';
export { drawSample, type SampleDraws, type SampleKey, sampleRandom } from './sample-draws.ts';
export { transformSpatially } from './spatial.ts';
export { type Box, influenceBox, type SpatialTransform } from './spatial-geometry.ts';
