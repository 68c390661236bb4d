import { expect, it } from 'vitest';
import { shippedPlannersV2 } from './plan-experiment-v2.ts';
import { plansNameOfV2 } from './plans-name-v2.ts';

it.each([
  ['ExperimentPlanner', 'nnUNetPlans'],
  ['nnUNetPlannerResEncM', 'nnUNetResEncUNetMPlans'],
])('is that of %s unless another is asked for', (name, plansName) => {
  const Planner = shippedPlannersV2.get(name);
  expect(plansNameOfV2(Planner)).toBe(plansName);
  expect(plansNameOfV2(Planner, { plansName: 'mine' })).toBe('mine');
});
