import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Roots } from '@nnunet/schema';
import { preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { listener, writeSmallTask } from '../small-task.fixture.ts';
import { planAndPreprocessDatasetsV2, preprocessDatasetsV2 } from './plan-datasets.ts';

/**
 * A dataset of five cases with two regions and an ignore label, of which only one region occurs, prepared for the plans
 * `nnUNetPlansTiny`: a network that is trained in seconds, alone and as the second stage of a cascade.
 */
export async function writeTinyDataset(roots: Roots, name: string): Promise<void> {
  const raw = rawFolder(roots, name);
  await writeSmallTask(raw, 5);
  const description = {
    channel_names: { 0: 'MRI' },
    labels: { background: 0, whole: [1, 2], core: 2, ignore: 3 },
    regions_class_order: [1, 2],
    numTraining: 5,
    file_ending: '.nii.gz',
  };
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify(description));
  const common = { roots, datasets: [name], workers: [1], reporter: listener() };
  await planAndPreprocessDatasetsV2({
    ...common,
    clean: false,
    verify: false,
    preprocess: false,
    fingerprintWorkers: 1,
  });
  const prepared = preprocessedFolder(roots, name);
  const plans = JSON.parse(readFileSync(join(prepared, 'nnUNetPlans.json'), 'utf8'));
  const fullres = plans.configurations['3d_fullres'];
  Object.assign(fullres, { patch_size: [16, 16, 16], batch_size: 2 });
  Object.assign(fullres.architecture.arch_kwargs, {
    n_stages: 3,
    features_per_stage: [4, 6, 8],
    n_conv_per_stage: [1, 1, 1],
    n_conv_per_stage_decoder: [1, 1],
    kernel_sizes: [1, 2, 3].map(() => [3, 3, 3]),
    strides: [1, 2, 2].map((stride) => [stride, stride, stride]),
  });
  const lowres = { data_identifier: 'nnUNetPlans_3d_lowres', spacing: [2, 2, 2], next_stage: '3d_cascade_fullres' };
  plans.configurations['3d_lowres'] = { ...fullres, ...lowres };
  plans.configurations['3d_cascade_fullres'] = { inherits_from: '3d_fullres', previous_stage: '3d_lowres' };
  writeFileSync(join(prepared, 'nnUNetPlansTiny.json'), JSON.stringify({ ...plans, plans_name: 'nnUNetPlansTiny' }));
  await preprocessDatasetsV2({ ...common, plansName: 'nnUNetPlansTiny', configurations: ['3d_fullres', '3d_lowres'] });
}
