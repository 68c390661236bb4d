import { isNnUNetError } from '@nnunet/errors';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { chooseConfiguration } from './configuration.ts';

const one = tinyPlans([8, 8, 8]);
const two = { ...one, plans_per_stage: { ...one.plans_per_stage, '1': one.plans_per_stage['0'] } };

it.each([
  ['2d', one, 0, true],
  ['3d_fullres', one, 0, false],
  ['3d_fullres', two, 1, true],
  ['3d_lowres', two, 0, false],
  ['3d_cascade_fullres', two, 1, true],
])('%s: stage and Dice follow from the number of stages', (name, plans, stage, batchDice) => {
  expect(chooseConfiguration(name, plans)).toEqual({ configuration: name, stage, batchDice });
});

it.each(['3d_lowres', '3d_cascade_fullres'])('refuses %s where there is one stage', (name) => {
  let error: unknown;
  try {
    chooseConfiguration(name, one);
  } catch (e) {
    error = e;
  }
  expect(isNnUNetError(error, 'no-cascade')).toBe(true);
});
