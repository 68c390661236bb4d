export { augmentSample } from './augment-sample.ts';
export { exchangeAxes, type QuarterTurns, turnByQuarters } from './axis-exchange.ts';
export { blurGaussian } from './blur.ts';
export { addBrightness, multiplyBrightness } from './brightness.ts';
export { applyBallSteps, BALL_OPERATIONS, type BallOperation, type BallStep, oneHotLabels } from './cascade.ts';
export { removeComponents } from './component-removal.ts';
export { changeContrast } from './contrast.ts';
export { deepSupervisionScales, downsampleLabels, scaledShape } from './deep-supervision.ts';
export { type DisplacementField, type ElasticDeformation, elasticDisplacement } from './displacement.ts';
export { applyGamma, type GammaOptions } from './gamma.ts';
export { loadPatch, type PatchPlace } from './loader.ts';
export type { LoaderPatch, Sample } from './loader-patch.ts';
export type { LocalDraw } from './local-draws.ts';
export { addBrightnessGradient, applyLocalGamma, type LocalGaussian } from './local-gaussian.ts';
export { simulateLowResolution } from './low-resolution.ts';
export { maskChannel } from './mask.ts';
export { filterMedian } from './median.ts';
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
export {
  type AugmentationRecipe,
  type AugmentationStep,
  type CascadeRecipe,
  type ElasticRecipe,
  type Range,
  type SpatialRecipe,
  usualOrder,
} from './recipe.ts';
export { type RecipeV2Options, recipeV2, withRotation } from './recipe-v2.ts';
export { blankRectangles, type Rectangle } from './rectangles.ts';
export { type Batch, type BatchKey, type BatchTarget, sampleBatch, validationBatch } from './sample-batch.ts';
export { drawSample, type SampleDraws } from './sample-draws.ts';
export { type SampleKey, sampleRandom } from './sample-streams.ts';
export { sharpen } from './sharpening.ts';
export { type BorderMode, transformSpatially } from './spatial.ts';
export { type Box, influenceBox, type SpatialTransform } from './spatial-geometry.ts';
