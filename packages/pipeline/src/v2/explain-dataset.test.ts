import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planExperimentV2 } from '@nnunet/planner/v2';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { explainedPlans, explainTask } from '../explain-task.ts';

const roots = resolveRoots({ root: temporaryFolder(), env: {} });
const folder = join(roots.preprocessed!, 'Dataset901_Regions');
const fingerprint = {
  foreground_intensity_properties_per_channel: {},
  median_relative_size_after_cropping: 1,
  // Large enough for a cascade.
  shapes_after_crop: [[125, 1250, 1250]],
  spacings: [[40, 4, 4]],
};
const dataset = {
  channel_names: { 0: 'EM' },
  labels: { background: 0, whole: [1, 2], core: 2, ignore: 3 },
  regions_class_order: [1, 2],
  numTraining: 3,
  file_ending: '.nii.gz',
};

const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content));

function plan(planner?: string) {
  const described = { name: 'Dataset901_Regions', channelNames: ['EM'], labelEntries: 4, numTraining: 3 };
  const plans = planExperimentV2(fingerprint, { ...described, imageReader: 'SimpleITKIO' }, { planner });
  write(`${plans.plans_name}.json`, plans);
  return plans;
}

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  write('dataset.json', dataset);
  write('dataset_fingerprint.json', fingerprint);
});

// v1's usual plans, the default of the command, stand for v2's.
const explained = (plansIdentifier = 'nnUNetPlansv2.1') => ({ roots, task: '901', plansIdentifier });

it('explains plans of v2 by their own rules, with the memory of every network', async () => {
  plan();
  const text = await explainTask(explained());
  expect(text).toMatch(/^Dataset901_Regions \(rules of nnU-Net v2\)\n/);
  expect(text).toContain(join(folder, 'nnUNetPlans.json'));
  expect(text).toContain('1 channel (EM), 2 regions besides background (whole, core);');
  expect(text).toMatch(/Why this patch: [\s\S]*Why batch \d+: /);
  for (const name of ['2d', '3d_lowres', '3d_fullres', '3d_cascade_fullres'])
    expect(text).toMatch(
      new RegExp(`\nMemory of ${name}, batch \\d+:\n  This engine, one training step on the CPU: about`),
    );
});

it('describes the networks: their inputs, outputs and sizes', async () => {
  const { configurations } = plan('nnUNetPlannerResEncM');
  const { networks, identifier } = await explainedPlans(explained('nnUNetResEncUNetMPlans'));
  expect(identifier).toBe('nnUNetResEncUNetMPlans');
  expect(networks.map(({ configuration }) => configuration)).toEqual(Object.keys(configurations));
  const [flat, , fullres, cascade] = networks;
  const { patch_size: patch, batch_size: batch, spacing } = configurations['2d'];
  expect(flat).toMatchObject({ patch, batch, spacing, channels: ['EM'], normalizations: ['ZScoreNormalization'] });
  expect(fullres!.description).toMatchObject({ architecture: 'ResidualEncoderUNet', inputChannels: 1, classes: 2 });
  expect(cascade!.description.inputChannels).toBe(3);
  const picture = join(folder, 'networks.svg');
  await explainTask({ ...explained('nnUNetResEncUNetMPlans'), picture });
  const drawn = readFileSync(picture, 'utf8');
  expect(drawn).toContain('residual blocks');
  expect(drawn).toContain('EM and 2 labels of 3d_lowres');
});

it('explains without reasons what its planner or its data are missing for, and says which networks it does not know', async () => {
  const plans = plan();
  write('nnUNetPlans.json', { ...plans, experiment_planner_used: 'MyPlanner' });
  const text = await explainTask(explained());
  expect(text).toContain('2d: spacing');
  expect(text).not.toContain('Why this patch');
  rmSync(join(folder, 'dataset_fingerprint.json'));
  const architecture = { ...plans.configurations['2d'].architecture, network_class_name: 'my.Network' };
  const configurations = { ...plans.configurations, '2d': { ...plans.configurations['2d'], architecture } };
  write('nnUNetPlans.json', { ...plans, configurations });
  expect(await explainTask(explained())).toContain(
    'Memory of 2d: unknown, because the architecture Network is not supported.',
  );
});

it('names the plans of v2 that are missing', async () => {
  await expect(explainTask(explained())).rejects.toMatchObject({
    tag: 'missing-plans',
    what: 'this task has no plans nnUNetPlans',
  });
});
