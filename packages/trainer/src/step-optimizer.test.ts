import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
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
