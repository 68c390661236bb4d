import { isForcedSample } from '../patch-sampling.ts';
import type { AugmentationRecipe } from '../recipe.ts';

/**
 * Returns a recipe whose samples contain foreground by chance, each on its own.
 *
 * @param share probability. Default: the share of the samples that contain it by rule in batches of this size
 *
 * Origin: v2's nnUNetTrainer_probabilisticOversampling.
 */
export function oversampledByChance(recipe: AugmentationRecipe, share?: number): AugmentationRecipe {
  const { batchSize, oversampleForeground } = recipe;
  const forced = Array.from({ length: batchSize }, (_, i) => isForcedSample(i, batchSize, oversampleForeground));
  const usual = forced.filter(Boolean).length / batchSize;
  return { ...recipe, oversampling: 'chance', oversampleForeground: share ?? usual };
}
