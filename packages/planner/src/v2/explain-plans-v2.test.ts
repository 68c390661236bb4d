import { expect, it } from 'vitest';
import { explainPlansV2 } from './explain-plans-v2.ts';
import { shippedPlannersV2 } from './plan-experiment-v2.ts';
import type { PlannerOptionsV2 } from './planner-v2.ts';
import type { ConfigurationPlansV2 } from './plans-v2.ts';

interface Data {
  shape: number[];
  spacing: number[];
  cases?: number;
  channelNames?: string[];
  share?: number;
}

/** Plans a dataset of equal cases, and explains the plans: without options, as the plans do not have them. */
function explained(
  { shape, spacing, cases = 260, channelNames = ['MRI'], share = 1 }: Data,
  { planner = 'ExperimentPlanner', ...options }: PlannerOptionsV2 & { planner?: string } = {},
  change: (configuration: ConfigurationPlansV2) => Partial<ConfigurationPlansV2> = () => ({}),
): string {
  const fingerprint = {
    foreground_intensity_properties_per_channel: {},
    median_relative_size_after_cropping: share,
    shapes_after_crop: [shape],
    spacings: [spacing],
  };
  const dataset = { name: 'Dataset900_Made', channelNames, labelEntries: 3, numTraining: cases, imageReader: '' };
  const Planner = shippedPlannersV2.get(planner);
  const plans = new Planner(fingerprint, dataset, options).plan();
  const { '3d_cascade_fullres': cascade, ...own } = plans.configurations;
  const configurations: [string, ConfigurationPlansV2 & { previous_stage?: string }][] = Object.entries(own).map(
    ([name, one]) => [name, { ...one, ...change(one) }],
  );
  if (cascade !== undefined) configurations.push(['3d_cascade_fullres', { ...own['3d_fullres']!, ...cascade }]);
  return explainPlansV2({
    plans,
    configurations,
    channelNames,
    classes: { regions: true, names: ['whole', 'posterior'] },
    fingerprint,
    planner: (more) => new Planner(fingerprint, dataset, more),
  });
}

const hippocampus: Data = { shape: [36, 50, 35], spacing: [1, 1, 1] };
const em: Data = { shape: [125, 1250, 1250], spacing: [40, 4, 4], cases: 3 };

it('tells what is learnt, on which images, and why with this spacing, normalisation, patch and batch', () => {
  expect(explained(hippocampus).split('\n')).toEqual([
    '1 case, 1 channel (MRI), 2 regions besides background (whole, posterior); median size after cropping 36 x 50 x 35 voxels.',
    'Target spacing 1 x 1 x 1 mm (z, y, x): the median of the cases.',
    'Channel 0 (MRI): each case is standardised to mean 0 and standard deviation 1.',
    '2d: spacing 1 x 1 mm, median case 50 x 35 voxels.',
    '  Patch 56 x 40, batch 366; a patch covers a whole median slice.',
    '  Network: PlainConvUNet of 4 resolutions down to 7 x 5, features 32, 64, 128, 256, 2 convolutions per resolution in the encoder, 2 convolutions in the decoder.',
    '  The Dice of the loss is taken over the whole batch.',
    expect.stringMatching(
      /^ {2}Why this patch: the whole median slice fits the memory target, so it was not reduced .*; by v2's estimate, it takes 0\.7 million values in feature maps of at most 510\.0 million\.$/,
    ),
    '  Why batch 366: a batch has at most 5 % of the voxels of all cases. Memory would allow 1565.',
    '3d_fullres: spacing 1 x 1 x 1 mm, median case 36 x 50 x 35 voxels.',
    '  Patch 40 x 56 x 40, batch 9; a patch covers a whole median case.',
    expect.stringMatching(/^ {2}Network: PlainConvUNet of 4 resolutions down to 5 x 7 x 5/),
    '  The Dice of the loss is taken of each patch.',
    expect.stringMatching(/^ {2}Why this patch: the whole median case fits/),
    expect.stringMatching(/^ {2}Why batch 9: a batch has at most 5 %/),
    expect.stringMatching(
      /^No cascade: a patch of 3d_fullres has 140 % of the voxels .* at least the threshold of 25 %\.$/,
    ),
    '',
  ]);
});

it('tells of coarse axes, masks, CT, a cascade and residual blocks', () => {
  const text = explained({ ...em, channelNames: ['CT', 'PET'], share: 0.5 }, { planner: 'nnUNetPlannerResEncM' });
  expect(text).toContain(
    'Channel 0 (CT): intensities are clipped and standardised with the statistics of the foreground',
  );
  expect(text).toMatch(
    /Channel 1 \(PET\): .*, within the nonzero voxels only, because cropping leaves 50 % of the median case \(less than 75 %\)\./,
  );
  expect(text).toContain('residual blocks per resolution in the encoder, 1 convolution in the decoder');
  expect(text).toMatch(
    /Why this patch: the memory target\. A patch of [\d x]+ would take more, so it was reduced step by step/,
  );
  expect(text).toMatch(
    /3d_cascade_fullres:[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*\n {2}The labels of 3d_lowres are further input channels\.\n/,
  );
  expect(text).toMatch(/\nThe cascade is planned: .* \(the threshold is 25 %\)\.\n$/);
  const turned = explained({ shape: [60, 60, 12], spacing: [1, 1, 4] });
  expect(turned).toContain('Axes are reordered to [2, 0, 1]');
  expect(turned).toContain('Target spacing 1 x 1 x 4 mm (z, y, x): the median of the cases.');
});

it('finds the reasons of every planner without the options that it was given', () => {
  for (const planner of shippedPlannersV2.names())
    for (const data of [hippocampus, em, { ...hippocampus, cases: 3 }, { shape: [1, 400, 500], spacing: [1, 1, 1] }]) {
      const text = explained(data, { planner });
      expect(text).not.toMatch(/would plan/);
      expect(text).toMatch(/Why this patch[\s\S]*Why batch/);
    }
  const spaced = explained(em, { targetSpacing: [40, 8, 8] });
  expect(spaced).toContain('Target spacing 40 x 8 x 8 mm (z, y, x): not what the planner chooses, but asked for.');
  expect(spaced).not.toMatch(/would plan/);
});

it('reports what was planned for other memory, or changed by hand', () => {
  expect(explained(em, { gpuMemoryTarget: 24 })).toMatch(
    /ExperimentPlanner would plan a smaller patch: by v2's estimate/,
  );
  expect(explained(em, { gpuMemoryTarget: 4 })).toMatch(/ExperimentPlanner would plan a batch of [3-9]\./);
  expect(explained(hippocampus, {}, () => ({ batch_size: 17 }))).toContain(
    'ExperimentPlanner would plan a batch of 9.',
  );
  expect(explained({ ...hippocampus, cases: 3 })).toContain('Why batch 2: the smallest allowed.');
});
