export { augmentSample } from './augment-sample.ts';
export type { BallOperation, BallStep } from './cascade.ts';
export type { DisplacementField, ElasticDeformation } from './displacement.ts';
export type { Sample } from './loader-patch.ts';
export type { NormalStream } from './noise.ts';
export type { LocationsByClass } from './patch-sampling.ts';
export { enlargedPatchSize, type PatchEnlargement } from './patch-size.ts';
export { type ArrayCase, arraySource, type PatchBox, type PatchSource } from './patch-source.ts';
export {
  type AugmentationRecipe,
  type AugmentationStep,
  type CascadeRecipe,
  type ElasticRecipe,
  type GammaRecipe,
  type Range,
  type SpatialRecipe,
  usualOrder,
} from './recipe.ts';
export { type RecipeV2Options, recipeV2, withRotation } from './recipe-v2.ts';
export { type Batch, type BatchKey, type BatchTarget, sampleBatch, validationBatch } from './sample-batch.ts';
export { drawSample, type SampleDraws } from './sample-draws.ts';
export type { SampleKey } from './sample-streams.ts';
export type { BorderMode } from './spatial.ts';
export type { SpatialDraw } from './spatial-draws.ts';
export type { SpatialTransform } from './spatial-geometry.ts';
