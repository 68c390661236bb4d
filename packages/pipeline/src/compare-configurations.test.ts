import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Candidate } from '@nnunet/ensemble';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { candidateTable, compareConfigurations } from './compare-configurations.ts';
import { listener } from './small-task.fixture.ts';

const work = vi.hoisted(() => ({
  findBestConfiguration: vi.fn(),
  predictMissingSoftmax: vi.fn(),
  requireDevice: vi.fn(),
}));
vi.mock('@nnunet/ensemble/node', () => work);
vi.mock('@nnunet/network/node', () => work);
vi.mock('./predict-missing-softmax.ts', () => work);

it('compares the configurations of each task, whose names are looked up first', async () => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  for (const task of ['Task007_A', 'Task008_B']) mkdirSync(join(roots.preprocessed!, task), { recursive: true });
  const dataset = { modality: { 0: 'MRI' }, labels: { 0: 'air', 3: 'liver' }, training: [] };
  writeFileSync(join(roots.preprocessed!, 'Task008_B/dataset.json'), JSON.stringify(dataset));
  const reporter = listener();
  const { signal } = new AbortController();
  const options = {
    roots,
    tasks: ['7', '8'],
    models: ['2d'],
    trainer: 'T',
    cascadeTrainer: 'C',
    plansIdentifier: 'P',
    strict: true,
    disableEnsembling: false,
    disablePostprocessing: true,
    rescore: true,
    predictMissing: true,
    workers: 3,
    commonArguments: ['--root', 'r'],
    reporter,
    signal,
  };
  work.findBestConfiguration.mockImplementation(async ({ task, onProgress, onWarning }) => {
    onProgress({ candidate: 'ensemble_2d__T__P--3d_fullres__T__P', step: 'merging', done: 2, total: 5 });
    onWarning(`of ${task}`);
    return { task };
  });
  expect(await compareConfigurations(options)).toEqual([
    { task: 'Task007_A', labelNames: {} },
    { task: 'Task008_B', labelNames: { 0: 'air', 3: 'liver' } },
  ]);
  const [first] = work.findBestConfiguration.mock.calls[0]!;
  expect(first).toMatchObject({
    resultsFolder: roots.results,
    task: 'Task007_A',
    models: ['2d'],
    trainers: { standard: 'T', cascade: 'C' },
    plans: 'P',
    folds: [0, 1, 2, 3, 4],
    strict: true,
    disableEnsembling: false,
    disablePostprocessing: true,
    currentReferences: join(roots.preprocessed!, 'Task007_A/gt_segmentations'),
    rescore: true,
    commonArguments: ['--root', 'r'],
    workers: 3,
    signal,
  });
  expect(reporter.progressed[0]).toEqual({ what: '2d + 3d_fullres: merging', done: 2, total: 5 });
  expect(reporter.warnings).toEqual(['of Task007_A', 'of Task008_B']);
  expect(work.requireDevice.mock.calls).toEqual([['cpu']]);
  await first.predictMissingSoftmax('missing');
  const passed = { roots, lowresTrainer: 'T', compute: undefined, workers: 3, reporter, signal };
  expect(work.predictMissingSoftmax.mock.calls).toEqual([['missing', passed]]);

  await compareConfigurations({ ...options, folds: [0, 6], predictMissing: false, compute: { device: 'cuda' } });
  expect(work.findBestConfiguration.mock.lastCall![0]).toMatchObject({
    folds: [0, 6],
    predictMissingSoftmax: undefined,
  });
  expect(work.requireDevice).toHaveBeenCalledTimes(1);
  const calls = work.findBestConfiguration.mock.calls.length;
  await expect(compareConfigurations({ ...options, tasks: ['7', '9'] })).rejects.toMatchObject({
    tag: 'unknown-task',
  });
  for (const fold of [-1, 0.5])
    await expect(compareConfigurations({ ...options, folds: [0, fold] })).rejects.toMatchObject({ tag: 'usage' });
  expect(work.findBestConfiguration).toHaveBeenCalledTimes(calls);
});

it('names each configuration once, marks the best, and has a column a label', () => {
  const candidate = (name: string, dice: Record<string, number>, score: number): Candidate => ({
    name,
    members: [],
    dice,
    score,
    average: score,
  });
  const [flat, both] = [
    candidate('2d__nnUNetTrainerV2__nnUNetPlansv2.1', { '1': 0.5, '3': Number.NaN }, Number.NaN),
    candidate('ensemble_2d__nnUNetTrainerV2__p--3d_fullres__nnUNetTrainerV2__p', { '1': 0.9, '3': 0.70004 }, 0.8),
  ];
  expect(candidateTable([flat, both], [both])).toBe(
    [
      'Dice               label 1  label 3    mean',
      '  2d                0.5000        -       -',
      '* 2d + 3d_fullres   0.9000   0.7000  0.8000',
    ].join('\n'),
  );
});
