import type { Optimizer, OptimizerStep } from '@nnunet/network';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { nnUNetTrainerV2 } from './default-trainer-v1.ts';
import { stepOptimizer } from './step-optimizer.ts';
import { shippedTrainers } from './trainer-registry.ts';

const momentumOf = (name: string, momentum: number, share: number) => {
  const context = { plans: tinyPlans([8, 8, 8]), configuration: '3d_fullres' as const, stage: 0, batchDice: false };
  const trainer = new (shippedTrainers.get(`nnUNetTrainerV2${name}`))(context);
  return stepOptimizer(trainer, { momentum, share }).momentum;
};

it("takes the trainer's momentum, or the lower one of a training that has learnt nothing", () => {
  expect(momentumOf('', 0.99, 0.5)).toBe(0.99);
  expect(momentumOf('', 0.95, 0.5)).toBe(0.95);
  expect(momentumOf('_momentum09', 0.9, 0.5)).toBe(0.9);
  expect(momentumOf('_momentum09', 0.95, 0.5)).toBe(0.9);
});

it('lets a schedule go below it', () => {
  const falling = '_reduceMomentumDuringTraining';
  expect(momentumOf(falling, 0.99, 0.901)).toBeCloseTo(0.945, 12);
  expect(momentumOf(falling, 0.95, 0.811)).toBe(0.95);
  expect(momentumOf(falling, 0.95, 0.901)).toBeCloseTo(0.945, 12);
});

it('keeps the methods of an optimiser of a class, and leaves one without momentum as it is', () => {
  class Heavy implements Optimizer {
    name = 'heavy';
    momentum = 0.99;
    state = () => ({});
    step({ weight }: OptimizerStep) {
      return { weight, state: {}, momentum: this.momentum };
    }
  }
  const heavy: Optimizer = new Heavy();
  const light: Optimizer = { name: 'light', state: () => ({}), step: ({ weight }) => ({ weight, state: {} }) };
  const of = (optimizer: Optimizer) => {
    const trainer = new nnUNetTrainerV2({ plans: tinyPlans([8, 8]), configuration: '2d', stage: 0, batchDice: false });
    trainer.optimizer = () => optimizer;
    return stepOptimizer(trainer, { momentum: 0.95, share: 0 });
  };
  expect(of(heavy).step({} as never)).toMatchObject({ momentum: 0.95 });
  expect(heavy.momentum).toBe(0.99);
  expect(of(light)).toBe(light);
});
