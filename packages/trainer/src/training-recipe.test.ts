import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { nnUNetTrainerV2 } from './default-trainer-v1.ts';
import { trainingRecipe } from './training-recipe.ts';

it('refuses the weight of a case that the task does not have, and suggests another', () => {
  const context = { plans: tinyPlans([8, 8, 8]), configuration: '3d_fullres' as const, stage: 0, batchDice: false };
  class Weighted extends nnUNetTrainerV2 {
    override recipe(batchSize: number) {
      return { ...super.recipe(batchSize), sampling: { caseWeights: { liver_01: 2 } } };
    }
  }
  const trainer = new Weighted(context);
  expect(trainingRecipe(trainer, 2, ['liver_00', 'liver_01']).sampling).toEqual({ caseWeights: { liver_01: 2 } });
  expect(() => trainingRecipe(trainer, 2, ['liver_1', 'liver_2'])).toThrow(
    expect.objectContaining({
      tag: 'bad-recipe',
      where: 'Weighted',
      what: 'sampling.caseWeights: the task has no case called liver_01',
      remedy: 'Available: liver_1, liver_2.',
    }),
  );
});
