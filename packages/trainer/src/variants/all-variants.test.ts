import { input } from '@nnunet/autodiff/operators';
import { buildTrainingStep, outputShapes } from '@nnunet/network';
import type { LearntLabels } from '@nnunet/schema';
import { tinyPlans } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { checkTrainer } from '../check-trainer.ts';
import { shippedTrainers } from '../trainer-registry.ts';
import { emptyTrainingLog } from '../training-log.ts';
import { trainerVariants } from './all-variants.ts';

function make(name: string, batchDice = true, learnt: Partial<LearntLabels> = {}) {
  const plans = { ...tinyPlans([8, 8, 8]), base_num_features: 8, ...learnt };
  const stage = plans.plans_per_stage['0'];
  if (name.includes('Resenc')) {
    Object.assign(stage, { num_blocks_encoder: [1, 2, 2], num_blocks_decoder: [1, 1] });
    stage.pool_op_kernel_sizes = [[1, 1, 1], ...stage.pool_op_kernel_sizes];
  }
  const configuration = name.includes('CascadeFullRes') ? ('3d_cascade_fullres' as const) : ('3d_fullres' as const);
  const context = { plans, configuration, stage: 0, batchDice };
  return new (shippedTrainers.get(name))(context);
}

describe('variants of nnUNetTrainerV2', () => {
  it('differ from it in what their names say, and in nothing else', () => {
    const base = make('nnUNetTrainerV2');
    expect(base.recipe(2)).toMatchObject({ mirror: { axes: [0, 1, 2] }, batchSize: 2, patchSize: [8, 8, 8] });
    expect(base.optimizer()).toMatchObject({ name: 'sgd', momentum: 0.99, weightDecay: 3e-5, clipNorm: 12 });
    const still = make('nnUNetTrainerV2_noMirroring');
    expect(still.describeModel()).toEqual({ ...base.describeModel(), trainer: still.constructor.name, mirrorAxes: [] });
    expect(still.recipe(2)).toEqual({ ...base.recipe(2), mirror: null });
    const shallow = make('nnUNetTrainerV2_noDeepSupervision');
    expect(shallow.network()).toEqual({ ...base.network(), deepSupervision: false });
    expect(shallow.recipe(2).deepSupervisionScales).toEqual([[1, 1, 1]]);
    expect(make('nnUNetTrainerV2_ForceBD', false).batchDice()).toBe(true);
    expect(make('nnUNetTrainerV2_ForceSD', true).batchDice()).toBe(false);
    expect(make('nnUNetTrainerV2_momentum095').optimizer()).toEqual({ ...base.optimizer(), momentum: 0.95 });
    expect(make('nnUNetTrainerV2_SGD_lr1en3').settings()).toEqual({ ...base.settings(), initialLearningRate: 1e-3 });
  });

  it.each(Object.keys(trainerVariants))('%s can be trained', (name) => {
    const trainer = make(name);
    expect(trainer.constructor.name).toBe(name);
    const recipe = trainer.recipe(2);
    const network = trainer.network();
    const outputs = outputShapes(network, [8, 8, 8], 2);
    expect(recipe.deepSupervisionScales).toHaveLength(outputs.length);
    expect(recipe.regions?.length ?? network.classes - 1).toBe(trainer.rules().classes);
    for (const share of [0, 0.6, 1]) {
      const loss = trainer.loss(share);
      expect(loss.targetChannels(network.classes)).toBe(recipe.regions?.length ?? 1);
      const options = { description: network, patchSize: [8, 8, 8], batchSize: 2, loss };
      const step = buildTrainingStep({ ...options, optimizer: trainer.optimizer(share) });
      expect(step.outputs.loss?.shape).toEqual([]);
      const rate = trainer.learningRate(0.01, share, emptyTrainingLog());
      expect(rate).toBeGreaterThanOrEqual(0);
      expect(rate).toBeLessThanOrEqual(0.01);
    }
  });

  const regions = {
    regions: [
      { name: 'whole', values: [1, 2] },
      { name: 'part', values: [2] },
    ],
    regions_class_order: [1, 2],
  };
  it.each<[string, Partial<LearntLabels>, number, number]>([
    ['regions', regions, 2, 2],
    ['voxels without annotation', { ignore_label: 3 }, 3, 1],
    ['both', { ...regions, ignore_label: 3 }, 2, 3],
  ])('learn the %s of dataset.json', (_, learnt, classes, channels) => {
    for (const name of Object.keys(trainerVariants)) {
      // They have regions of their own.
      const own = /BraTSRegions(?!_BN$)/.test(name);
      const trainer = make(name, true, own ? { ignore_label: learnt.ignore_label, all_classes: [1, 2, 3] } : learnt);
      const recipe = trainer.recipe(2);
      if (own && trainer.plans.ignore_label !== undefined)
        expect(recipe.regions).toEqual([[1, 2, 3], [2, 3], [3], [3]]);
      if (own) continue;
      checkTrainer(trainer, { ...trainer.settings(), epochs: 2 }, recipe);
      expect(trainer.describeModel()).toMatchObject({
        network: { classes },
        ...('regions' in learnt && {
          regions: { whole: [1, 2], part: [2] },
          regionClassOrder: [1, 2],
          nonlinearity: 'sigmoid',
        }),
      });
      expect(trainer.loss(0.6).targetChannels(classes)).toBe(channels);
      expect(recipe.annotated).toBe(learnt.ignore_label === undefined ? undefined : '-1,0,1,2');
      expect(trainer.loss(0).annotated === undefined).toBe(learnt.ignore_label === undefined);
    }
  });

  it('takes the rate down as v1 does', () => {
    const rates = (name: string, epochs: number[]) => {
      const trainer = make(name);
      const total = trainer.settings().epochs;
      return epochs.map((epoch) =>
        Number(trainer.learningRate(0.01, epoch / total, emptyTrainingLog()).toPrecision(6)),
      );
    };
    expect(rates('nnUNetTrainerV2_SGD_fixedSchedule', [0, 499, 500, 675, 850])).toEqual([0.01, 0.01, 1e-3, 1e-4, 1e-5]);
    expect(rates('nnUNetTrainerV2_SGD_fixedSchedule2', [499, 500, 675, 1000])).toEqual([0.01, 1e-3, 1e-3, 0]);
    expect(rates('nnUNetTrainerV2_warmup', [0, 1, 25, 50, 51])).toEqual([2e-4, 2e-4, 5e-3, 0.01, 0.00999143]);
    expect(rates('nnUNetTrainerV2_cycleAtEnd', [0, 1000, 1025, 1050, 1100])).toEqual([
      0.01, 1e-6, 5.005e-4, 1e-3, 1e-6,
    ]);
    expect(rates('nnUNetTrainerV2_cycleAtEnd2', [1100])).toEqual([0.01]);
  });

  it('changes loss and momentum in the course of the training', () => {
    const moving = make('nnUNetTrainerV2_graduallyTransitionFromCEToDice');
    expect([0, 0.501, 0.626, 0.751, 1].map((share) => moving.phase(share))).toEqual([0, 0, 0.5, 1, 1]);
    const sums = (share: number) => {
      const [logits, target] = [input('logits', [2, 3, 8]), input('target', [2, 1, 8])];
      return Object.keys(moving.loss(share).sums(logits, target));
    };
    expect(sums(0.5)).toEqual(['0.crossEntropy']);
    expect(sums(0.6)).toHaveLength(3);
    expect(sums(1)).toEqual(['0.truePositives', '0.sizes']);
    const falling = make('nnUNetTrainerV2_reduceMomentumDuringTraining');
    expect([0, 0.801, 0.901, 1.001].map((share) => falling.optimizer(share).momentum?.toFixed(4))).toEqual([
      '0.9900',
      '0.9900',
      '0.9450',
      '0.9000',
    ]);
    expect(falling.phase(0.85)).not.toBe(falling.phase(0.9));
  });

  it('predicts regions as overlapping sigmoids', () => {
    const trainer = make('nnUNetTrainerV2BraTSRegions');
    expect(trainer.describeModel()).toMatchObject({
      nonlinearity: 'sigmoid',
      regionClassOrder: [1, 2, 3],
      network: { classes: 3 },
    });
  });

  it('without augmentation cut patches of the final size', () => {
    const recipe = make('nnUNetTrainerV2_noDataAugmentation').recipe(2);
    expect(recipe.loaderPatchSize).toEqual([8, 8, 8]);
    expect(recipe).toMatchObject({ spatial: null, noise: null, gamma: null, mirror: null });
  });
});
