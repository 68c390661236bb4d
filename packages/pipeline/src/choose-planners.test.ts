import { join } from 'node:path';
import { createPlanner, ExperimentPlanner3D_v21, shippedPlanners } from '@nnunet/planner';
import { writePlans } from '@nnunet/store';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { choosePlanners, makePlans, PRETRAINED_PLANNER } from './choose-planners.ts';

const planner3d = 'ExperimentPlanner3D_v21';
const planner2d = 'ExperimentPlanner2D_v21';
const fingerprint = {
  all_sizes: [[100, 120, 110]],
  all_spacings: [[1, 1, 1]],
  all_classes: [1],
  modalities: { 0: 'MRI' },
  intensityproperties: null,
  size_reductions: { a: 1 },
};
const options = {
  fingerprint,
  listOfNpzFiles: ['a.npz'],
  preprocessedDataFolder: 'p',
  gpuMemoryTarget: undefined,
  howMuchOfAPatient: undefined,
};

it('looks up planners by name, 3D first', async () => {
  const names = async (choice: { planner3d: string | null; planner2d: string | null }, planners = shippedPlanners) =>
    (await choosePlanners(choice, planners)).map(({ planner, adopt }) => [planner.name, adopt]);
  expect(await names({ planner3d, planner2d })).toEqual([
    [planner3d, null],
    [planner2d, null],
  ]);
  expect(await names({ planner3d: null, planner2d })).toEqual([[planner2d, null]]);
  expect(await names({ planner3d, planner2d: null })).toEqual([[planner3d, null]]);
  expect(await names({ planner3d: null, planner2d: null })).toEqual([]);
  class Mine extends ExperimentPlanner3D_v21 {}
  expect(await names({ planner3d: 'Mine', planner2d: 'Mine' }, shippedPlanners.with(Mine))).toEqual([
    ['Mine', null],
    ['Mine', null],
  ]);
  await expect(names({ planner3d: 'Mine', planner2d: null })).rejects.toMatchObject({ tag: 'unknown-planner' });
});

it('takes over plans with the planner that is made for it, and with no other', async () => {
  const file = join(temporaryFolder(), 'plans.json');
  await writePlans(file, tinyPlans([16, 16, 8]));
  const overwritePlans = { file, identifier: 'OTHER' };
  const [chosen, ...rest] = await choosePlanners({ planner3d: PRETRAINED_PLANNER, planner2d, overwritePlans });
  expect(rest.map(({ planner }) => planner.name)).toEqual([planner2d]);
  expect(chosen).toMatchObject({ adopt: { identifier: 'OTHER', plans: { base_num_features: 4 } } });
  expect(makePlans(chosen!, options)).toMatchObject({
    dimensions: '3D',
    identifier: 'nnUNetPlans_pretrained_OTHER',
    fileName: 'nnUNetPlans_pretrained_OTHER_plans_3D.json',
    runsPreprocessing: true,
    plans: { base_num_features: 4, num_classes: 1, list_of_npz_files: ['a.npz'] },
  });
  await expect(choosePlanners({ planner3d: PRETRAINED_PLANNER, planner2d })).rejects.toThrow(/but none were given/);
  for (const other of [planner3d, null])
    await expect(choosePlanners({ planner3d: other, planner2d, overwritePlans })).rejects.toThrow(
      /only ExperimentPlanner3D_v21_Pretrained can use the plans/,
    );
});

it('plans for a GPU and a share of a patient where they are given', () => {
  const chosen = { planner: shippedPlanners.get(planner3d), adopt: null };
  const usual = makePlans(chosen, options);
  expect(usual).toMatchObject({
    dimensions: '3D',
    identifier: 'nnUNetPlansv2.1',
    fileName: 'nnUNetPlansv2.1_plans_3D.json',
    runsPreprocessing: true,
    plans: { preprocessed_data_folder: 'p', list_of_npz_files: ['a.npz'] },
  });
  expect(usual.plans).toEqual(
    createPlanner(fingerprint, {
      planner: chosen.planner,
      listOfNpzFiles: ['a.npz'],
      preprocessedDataFolder: 'p',
    }).plan(),
  );
  expect(makePlans(chosen, { ...options, gpuMemoryTarget: 4 }).identifier).toBe('nnUNetPlansv2.1_gpu4GB');
  expect(usual.plans.num_stages).toBe(1);
  expect(makePlans(chosen, { ...options, howMuchOfAPatient: 0.2 }).plans.num_stages).toBe(2);
});

it.each<[string, object, string]>([
  ['two axes', { targetSpacing: () => [1, 1] }, 'targetSpacing: 3 spacings in mm above 0 expected, found [1,1]'],
  [
    'a spacing of 0',
    { targetSpacing: () => [1, 0, 1] },
    'targetSpacing: 3 spacings in mm above 0 expected, found [1,0',
  ],
  ['no memory', { memoryReference: () => Number.NaN }, 'memoryReference: a number above 0 expected, found NaN'],
  ['no schemes', { normalizationSchemes: () => null }, 'normalizationSchemes: a scheme for modality 0 (MRI) expected'],
  ['schemes of nothing', { normalizationSchemes: () => ({}) }, 'a scheme for modality 0 (MRI) expected, found {}'],
  [
    'a number as a scheme',
    { normalizationSchemes: () => ({ 0: 5 }) },
    'a scheme for modality 0 (MRI) expected, found {"0":5}',
  ],
  ['a scheme too many', { normalizationSchemes: () => ({ 0: 'CT', 1: 'CT' }) }, 'as many normalization_schemes as'],
  ['plans with a text for a number', { plan: withFeatures('x') }, 'key "base_num_features"'],
])('refuses a planner with %s', (_, methods, what) => {
  class Mine extends ExperimentPlanner3D_v21 {}
  Object.assign(Mine.prototype, methods);
  expect(() => makePlans({ planner: Mine, adopt: null }, options)).toThrow(
    expect.objectContaining({ tag: 'bad-plans', where: 'Mine', what: expect.stringContaining(what) }),
  );
});

function withFeatures(base_num_features: unknown) {
  return function (this: ExperimentPlanner3D_v21) {
    return { ...ExperimentPlanner3D_v21.prototype.plan.call(this), base_num_features };
  };
}
