import { describe, expect, it } from 'vitest';
import { tinyPlans } from './tiny-plans.fixture.ts';
import { TrainerRegistry } from './trainer-registry.ts';

function make(name: string, batchDice = true) {
  const context = { plans: tinyPlans([8, 8, 8]), configuration: '3d_fullres' as const, stage: 0, batchDice };
  return new (new TrainerRegistry().get(name))(context);
}

describe('variants of nnUNetTrainerV2', () => {
  it('differ from it in what their names say, and in nothing else', () => {
    const base = make('nnUNetTrainerV2');
    expect(base.recipe(2)).toMatchObject({ mirrorAxes: [0, 1, 2], batchSize: 2, patchSize: [8, 8, 8] });
    expect(base.optimizer()).toEqual({ momentum: 0.99, weightDecay: 3e-5, clipNorm: 12 });
    const still = make('nnUNetTrainerV2_noMirroring');
    expect(still.describeModel()).toEqual({ ...base.describeModel(), trainer: still.constructor.name, mirrorAxes: [] });
    expect(still.recipe(2)).toEqual({ ...base.recipe(2), mirrorAxes: [] });
    const shallow = make('nnUNetTrainerV2_noDeepSupervision');
    expect(shallow.network()).toEqual({ ...base.network(), deepSupervision: false });
    expect(shallow.recipe(2).deepSupervisionScales).toEqual([[1, 1, 1]]);
    expect(make('nnUNetTrainerV2_ForceBD', false).batchDice()).toBe(true);
    expect(make('nnUNetTrainerV2_ForceSD', true).batchDice()).toBe(false);
    expect(make('nnUNetTrainerV2_momentum095').optimizer()).toEqual({ ...base.optimizer(), momentum: 0.95 });
    expect(make('nnUNetTrainerV2_SGD_lr1en3').settings()).toEqual({ ...base.settings(), initialLearningRate: 1e-3 });
  });

  it('without augmentation cut patches of the final size', () => {
    const recipe = make('nnUNetTrainerV2_noDataAugmentation').recipe(2);
    expect(recipe.loaderPatchSize).toEqual([8, 8, 8]);
    expect(recipe).toMatchObject({ spatial: null, noise: null, gamma: null, mirrorAxes: [] });
  });
});
