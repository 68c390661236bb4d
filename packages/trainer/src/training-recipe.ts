import type { AugmentationRecipe } from '@nnunet/augment';
import type { Trainer } from './trainer.ts';

/** A trainer's recipe with what transforms of the user's own need to know about the task. */
export function trainingRecipe(trainer: Trainer, batchSize: number): AugmentationRecipe {
  const { stagePlans, plans } = trainer;
  return { spacing: stagePlans.current_spacing, labels: plans.all_classes, ...trainer.recipe(batchSize) };
}
