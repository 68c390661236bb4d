import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadExtensions } from '@nnunet/pipeline';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { planJobs } from '../plan-jobs.ts';
import { facts, settingsV2 } from '../settings.fixture.ts';
import type { ExperimentSettings } from '../settings.ts';
import { checkDatasetExperiment } from './check-dataset.ts';

let root: string;

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** A dataset of two channels that is not planned, and two images to predict, with references. */
beforeEach(() => {
  root = temporaryFolder();
  const labels = { background: 0, a: 1 };
  const description = { channel_names: { 0: 'T1', 1: 'T2' }, labels, numTraining: 5, file_ending: '.nrrd' };
  write('nnUNet_raw/Dataset501_Liver/dataset.json', JSON.stringify(description));
  for (const id of ['a', 'b']) {
    for (const channel of ['0000', '0001']) write(`images/${id}_${channel}.nrrd`);
    write(`references/${id}.nrrd`);
  }
});

async function errorOf(changes: Partial<ExperimentSettings> = {}): Promise<string> {
  const [images, output, references] = ['images', 'out', 'references'].map((name) => join(root, name));
  const prediction = { images: images!, output: output!, references: references!, parts: 1 };
  const settings = settingsV2({ prediction, ...changes });
  const jobs = planJobs(settings, { ...facts, planned: null });
  const experiment = { roots: resolveRoots({ root, env: {} }), settings, extensions: await loadExtensions([]), jobs };
  return checkDatasetExperiment(experiment).then(
    () => '',
    (error: { tag: string; message: string }) => `${error.tag}: ${error.message}`,
  );
}

it('accepts what no job will refuse', async () => {
  expect(await errorOf()).toBe('');
  expect(await errorOf({ prediction: null })).toBe('');
  const planned = { prepare: ['-pl', 'nnUNetPlannerResEncM'] };
  expect(await errorOf({ plansIdentifier: 'nnUNetResEncUNetMPlans', arguments: planned })).toBe('');
  const named = { prepare: ['-overwrite_plans_name', 'mine'] };
  expect(await errorOf({ plansIdentifier: 'mine', arguments: named })).toBe('');
});

it.each<[string, Partial<ExperimentSettings>, RegExp]>([
  ['a trainer of v1', { trainer: 'nnUNetTrainerV2' }, /^unknown-trainer: .*trainer of nnU-Net v2/],
  ['weights that do not exist', { arguments: { train: ['-pretrained_weights', '/no'] } }, /^missing-file: \/no:/],
  ['a planner that does not exist', { arguments: { prepare: ['-pl', 'No'] } }, /^unknown-planner: .*called No/],
  [
    'memory that is none',
    { arguments: { prepare: ['-gpu_memory_target', '-3'] } },
    /^usage: gpuMemoryTarget -3 is not above 0/,
  ],
  [
    'plans that the planner does not make, and names the one that does',
    { plansIdentifier: 'nnUNetResEncUNetMPlans' },
    /^usage: the planner ExperimentPlanner makes plans called nnUNetPlans, .* nnUNetResEncUNetMPlans\n.*`planner` nnUNetPlannerResEncM/,
  ],
  ['plans that no planner makes', { plansIdentifier: 'mine' }, /\n.*have them called mine \(-overwrite_plans_name\)/],
])('refuses %s', async (_, changes, message) => {
  expect(await errorOf(changes)).toMatch(message);
});

it('refuses images and references that do not fit together, by the file ending of the dataset', async () => {
  write('images/c_0000.nrrd');
  expect(await errorOf()).toMatch(/^missing-file: .*images: there is no c_0001\.nrrd\n.*T2 \(_0001\)/);
  write('images/c_0001.nrrd');
  expect(await errorOf()).toMatch(/^missing-references: .*references: no reference for c\.nrrd/);
  write('references/c.nrrd');
  write('references/d.nrrd');
  write('references/e.nii.gz');
  expect(await errorOf()).toMatch(/^missing-predictions: .*images: no image for the references d\.nrrd\n/);
});
