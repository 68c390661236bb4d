import type { AugmentationRecipe } from '@nnunet/augment';
import { NnUNetError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import type { Trainer } from './trainer.ts';

/**
 * A trainer's recipe with what transforms of the user's own need to know about the task.
 *
 * @param cases all prepared cases, whose weights the recipe may give
 * @throws NnUNetError 'bad-recipe' for the weight of another case
 */
export function trainingRecipe(trainer: Trainer, batchSize: number, cases: readonly string[]): AugmentationRecipe {
  const { stagePlans, plans } = trainer;
  const ignored = trainer.ignoreLabel();
  const labels = [...plans.all_classes, ...(ignored === null ? [] : [ignored])];
  const recipe = { spacing: stagePlans.current_spacing, labels, ...trainer.recipe(batchSize) };
  const unknown = Object.keys(recipe.sampling?.caseWeights ?? {}).find((id) => !cases.includes(id));
  if (unknown === undefined) return recipe;
  throw new NnUNetError('bad-recipe', {
    what: `sampling.caseWeights: the task has no case called ${unknown}`,
    where: trainer.constructor.name,
    remedy: nearestNames(unknown, cases),
  });
}
