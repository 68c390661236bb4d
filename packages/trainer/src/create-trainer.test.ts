import type { Configuration } from '@nnunet/schema';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { createTrainer } from './create-trainer.ts';
import { nnUNetTrainerV2CascadeFullRes } from './default-trainer-v1.ts';
import { shippedTrainers } from './trainer-registry.ts';

const one = tinyPlans([8, 8, 8]);
const plans = { ...one, plans_per_stage: { '0': one.plans_per_stage['0'], '1': one.plans_per_stage['0'] } };

it('makes trainers by name, of the user too', () => {
  class MyCascade extends nnUNetTrainerV2CascadeFullRes {}
  const trainers = shippedTrainers.with(MyCascade);
  const trainer = createTrainer({ plans, configuration: '3d_cascade_fullres', trainer: 'MyCascade', trainers });
  expect(trainer).toBeInstanceOf(MyCascade);
  expect(trainer).toMatchObject({ stage: 1 });
  expect(createTrainer({ plans, configuration: '3d_lowres', trainer: 'nnUNetTrainerV2' }).stage).toBe(0);
});

it('keeps trainers of the cascade to the cascade', () => {
  const make = (configuration: Configuration, trainer: string) => () =>
    createTrainer({ plans, configuration, trainer });
  expect(make('3d_cascade_fullres', 'nnUNetTrainerV2')).toThrow(/Use nnUNetTrainerV2CascadeFullRes/);
  expect(make('3d_fullres', 'nnUNetTrainerV2CascadeFullRes')).toThrow(/3d_fullres is not one/);
  expect(make('2d', 'nnUNetTrainerV3')).toThrow(/no trainer called nnUNetTrainerV3/);
});
