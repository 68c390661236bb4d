import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadExtensions } from '@nnunet/pipeline';
import { type Roots, resolveRoots } from '@nnunet/schema';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { checkExperiment } from './check-experiment.ts';
import { planJobs } from './plan-jobs.ts';
import { facts, settingsWith } from './settings.fixture.ts';
import type { ExperimentSettings } from './settings.ts';

let root: string;
let roots: Roots;

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** A task of two modalities that is not planned, and two images to predict, with references. */
beforeEach(() => {
  root = temporaryFolder();
  roots = resolveRoots({ root, env: {} });
  const description = { modality: { 0: 'T1', 1: 'T2' }, labels: { 0: 'background', 1: 'a' }, training: [], test: [] };
  write('nnUNet_raw_data_base/nnUNet_raw_data/Task501_Liver/dataset.json', JSON.stringify(description));
  for (const id of ['a', 'b']) {
    for (const modality of ['0000', '0001']) write(`images/${id}_${modality}.nii.gz`);
    write(`references/${id}.nii.gz`);
  }
});

async function check(changes: Partial<ExperimentSettings> = {}, folders: Record<string, string> = {}): Promise<void> {
  const names = { images: 'images', output: 'out/deep', references: 'references', ...folders };
  const paths = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, join(root, name)]));
  const prediction = { ...(paths as Record<keyof typeof names, string>), parts: 1 };
  const settings = settingsWith({ configurations: ['2d', '3d_fullres'], prediction, ...changes });
  const jobs = planJobs(settings, { ...facts, planned: null });
  await checkExperiment({ roots, settings, extensions: await loadExtensions([]), jobs });
}

const errorOf = (...what: Parameters<typeof check>) =>
  check(...what).then(
    () => '',
    (error: { tag: string; message: string }) => `${error.tag}: ${error.message}`,
  );

it('accepts what no job will refuse', async () => {
  await check();
  await check({ prediction: null });
});

it.each<[string, Partial<ExperimentSettings>, RegExp]>([
  ['a trainer that does not exist', { trainer: 'nnUNetTrainerV3' }, /^unknown-trainer: .*\n.*nnUNetTrainerV2/],
  ['weights that do not exist', { arguments: { train: ['-pretrained_weights', '/no'] } }, /^missing-file: \/no:/],
  ['a planner that does not exist', { arguments: { prepare: ['-pl2d', 'No'] } }, /^unknown-planner: .*called No/],
  [
    'a planner whose plans have another name than those to train with',
    { arguments: { prepare: ['--planner3d', 'ExperimentPlanner3D_v23'] } },
    /^usage: .*3D networks, ExperimentPlanner3D_v23, makes plans called nnUNetPlansv2.3, .* nnUNetPlansv2.1\n/,
  ],
  [
    'plans for another memory than those to train with',
    { arguments: { prepare: ['--gpu_memory_target', '4'] } },
    /^usage: .*2D networks, ExperimentPlanner2D_v21, makes plans called nnUNetPlansv2.1_gpu4GB,/,
  ],
  [
    'plans adopted under another name than those to train with',
    {
      arguments: {
        prepare: ['-pl3d', 'ExperimentPlanner3D_v21_Pretrained', '-overwrite_plans_identifier', 'lung'],
      },
    },
    /^usage: .*makes plans called nnUNetPlans_pretrained_lung,/,
  ],
  [
    'a planner that is None, but whose configurations are to be trained',
    { arguments: { prepare: ['-pl2d', 'None'] } },
    /^usage: the planner of 2D networks is None, but 2d, 3d_fullres are to be trained/,
  ],
])('refuses %s', async (_, changes, message) => {
  expect(await errorOf(changes)).toMatch(message);
});

it('asks nothing of planners that no training waits for', async () => {
  await check({ configurations: ['2d'], arguments: { prepare: ['-pl3d', 'ExperimentPlanner3D_v23'] } });
  await check({ configurations: ['3d_fullres'], arguments: { prepare: ['-pl2d', 'None'] } });
  const plans = 'nnUNet_preprocessed/Task501_Liver/nnUNetPlansv2.1_plans_';
  for (const dimensions of ['2D', '3D']) write(`${plans}${dimensions}.json`, JSON.stringify(tinyPlans([8, 8])));
  await check({ arguments: { prepare: ['--gpu_memory_target', '4'] } });
});

it('refuses a trainer that cannot train what is planned', async () => {
  write('nnUNet_preprocessed/Task501_Liver/nnUNetPlansv2.1_plans_2D.json', JSON.stringify(tinyPlans([8, 8])));
  expect(await errorOf({ configurations: ['2d'], trainer: 'nnUNetTrainerV2CascadeFullRes' })).toMatch(
    /^usage: nnUNetTrainerV2CascadeFullRes trains the second stage/,
  );
});

it.skipIf(process.getuid?.() === 0)('refuses an output folder that cannot be written to', async () => {
  mkdirSync(join(root, 'kept'), { mode: 0o500 });
  expect(await errorOf({}, { output: 'kept/out' })).toMatch(/^no-access: .*kept: access is denied/);
});

it('refuses folders of images, label maps and references that do not fit together', async () => {
  expect(await errorOf({}, { images: 'no' })).toMatch(/^missing-folder: .*\/no/);
  expect(await errorOf({}, { output: 'images' })).toMatch(/^usage: .*the image folder is also the output folder/);
  expect(await errorOf({}, { output: 'references' })).toMatch(/^usage: .*references is also that of the predictions/);
  expect(await errorOf({}, { output: 'images/a_0000.nii.gz/out' })).toMatch(/^usage: .*gz: is a file, not a folder/);
  expect(await errorOf({}, { references: 'no' })).toMatch(/^missing-folder: .*\/no/);
  write('references/c.nii.gz');
  expect(await errorOf()).toMatch(/^missing-predictions: .*images: no image for the references c\.nii\.gz/);
  for (const modality of ['0000', '0001']) {
    write(`images/c_${modality}.nii.gz`);
    write(`images/d_${modality}.nii.gz`);
  }
  expect(await errorOf()).toMatch(/^missing-references: .*references: no reference for d\.nii\.gz/);
  write('images/e_0000.nii.gz');
  expect(await errorOf()).toMatch(/^missing-file: .*e_0001/);
});
