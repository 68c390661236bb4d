import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Extensions, loadExtensions } from '@nnunet/pipeline';
import { type Plans, resolveRoots } from '@nnunet/schema';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { createTrainer } from '@nnunet/trainer';
import { trainingMemory } from '@nnunet/trainer/node/internal';
import { writeVolume } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EstimateFacts, readEstimateFacts } from './estimate-facts.ts';
import { estimateJobs } from './estimate-jobs.ts';
import { planJobs } from './plan-jobs.ts';
import { workOfPlansV1 } from './planned-work-v1.ts';
import { settingsWith, facts as taskFacts } from './settings.fixture.ts';
import type { ExperimentSettings } from './settings.ts';

/** Plans of `cases` images, each of another size, in stages of these patches. */
function plansOf(cases: number, patches: number[][]): Plans {
  const plans = tinyPlans(patches[0]!);
  const sizes = Array.from({ length: cases }, (_, i) => [40 + (i % 37), 48 + (i % 11), 44 + (i % 7)]);
  const spacings = sizes.map(() => [1, 1, 1]);
  return {
    ...plans,
    num_stages: patches.length,
    original_sizes: sizes,
    original_spacings: spacings,
    dataset_properties: { ...plans.dataset_properties, all_sizes: sizes, all_spacings: spacings },
    plans_per_stage: Object.fromEntries(
      patches.map((patch, stage) => [String(stage), tinyPlans(patch).plans_per_stage['0']]),
    ),
  };
}

const images = Array.from({ length: 6 }, (_, i) => ({
  shape: [40 + i, 48, 44] as const,
  spacing: [1, 1, 1] as const,
  origin: [0, 0, 0] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
}));

const plans3d = plansOf(10, [[24, 32, 24], [32, 32, 32]]); // biome-ignore format: a row

let facts: EstimateFacts;
let extensions: Extensions;
beforeAll(async () => {
  extensions = await loadExtensions([]);
  facts = {
    planned: workOfPlansV1({ '2D': plansOf(10, [[32, 32]]), '3D': plans3d }, extensions),
    foreseen: false,
    validationCases: [2, 2, 2, 2, 2],
    images,
    speed: { logged: new Map(), measured: 2e-11 },
    threads: 2,
  };
});

const predicting = { images: '/in', output: '/out', references: '/ref', parts: 1 };
function estimatesOf(changes: Partial<ExperimentSettings> = {}, changed: Partial<EstimateFacts> = {}) {
  const settings = settingsWith({ prediction: predicting, ...changes });
  return estimateJobs(planJobs(settings, taskFacts), settings, { ...facts, ...changed });
}
const training = (words: string, changed: Partial<EstimateFacts> = {}, job = 'train-3d_fullres-fold_0') =>
  estimatesOf({ arguments: { train: words.split(' ') } }, changed).get(job)!;

it('estimates every job of a graph', () => {
  const settings = settingsWith({ prediction: predicting });
  const jobs = planJobs(settings, taskFacts);
  const estimates = estimatesOf();
  expect([...estimates.keys()]).toEqual(jobs.map(({ id }) => id));
  for (const { seconds, memory, threads } of estimates.values()) {
    expect(seconds).toBeGreaterThan(0);
    expect(memory).toBeGreaterThan(100e6);
    expect([1, 2]).toContain(threads);
  }
});

it('leaves out configurations that the plans do not contain', () => {
  const plans = { '2D': null, '3D': plansOf(10, [[24, 32, 24]]) };
  const without = estimatesOf({}, { planned: workOfPlansV1(plans, extensions) });
  expect([...without.keys()].filter((id) => /2d|lowres|cascade/.test(id))).toEqual([]);
  expect(without.has('train-3d_fullres-fold_4')).toBe(true);
});

describe('a training', () => {
  it('takes the more epochs and iterations the longer', () => {
    const seconds = (epochs: number, iterations: number) =>
      training(`--epochs ${epochs} --iterations_per_epoch ${iterations} --val_iterations_per_epoch 1`).seconds!;
    const epoch = seconds(2, 10) - seconds(1, 10);
    expect(seconds(11, 10) - seconds(1, 10)).toBeCloseTo(10 * epoch, 6);
    expect(seconds(1, 30) - seconds(1, 20)).toBeCloseTo(seconds(1, 20) - seconds(1, 10), 6);
  });

  it('never takes longer than its time budget', () => {
    expect(training('--time_budget 2m').seconds).toBe(120);
    expect(training('--time_budget 100h --epochs 1 --iterations_per_epoch 1').seconds).toBeLessThan(100);
  });

  it('is shorter without its validation', () => {
    const [all, without] = ['', ' --disable_validation_inference'].map((more) => training(`--epochs 1${more}`));
    expect(without!.seconds).toBeLessThan(all!.seconds!);
  });

  it('needs the memory that it asks for at its start', () => {
    const trainer = createTrainer({
      plans: plans3d,
      configuration: '3d_fullres',
      trainer: 'nnUNetTrainerV2',
    });
    const needed = trainingMemory(trainer, 40);
    expect(training('--batch_size 40').memory).toBe(needed);
    expect(needed).toBeGreaterThan(training('--batch_size 1').memory);
  });

  it('takes as long as the epochs that were logged', () => {
    const options = '--epochs 100 --iterations_per_epoch 10 --val_iterations_per_epoch 2';
    const logged = (speed: number) =>
      training(options, { speed: { logged: new Map([['3d_fullres', speed]]), measured: 1 } });
    expect(logged(2e-9).seconds! / logged(1e-9).seconds!).toBeCloseTo(2, 1);
  });

  it('takes an unknown time on a device that has trained nothing yet', () => {
    const unknown = training('--epochs 5', { speed: { logged: new Map(), measured: null } });
    expect(unknown.seconds).toBeNull();
    expect(unknown.memory).toBeGreaterThan(100e6);
    const budget = training('--time_budget 1h', { speed: { logged: new Map(), measured: null } });
    expect(budget.seconds).toBe(3600);
  });

  it('refuses what the training would refuse', () => {
    expect(() => training('--epochs none')).toThrow(/epochs/);
    expect(() => estimatesOf({ trainer: 'nnUNetTrainerV3' })).toThrow(/nnUNetTrainerV3/);
  });
});

it('divides predictions among their parts', () => {
  const seconds = (parts: number, part: number) =>
    estimatesOf({ prediction: { ...predicting, parts } }).get(`predict-2d-part_${part}`)!.seconds!;
  const [whole, first, second] = [seconds(1, 0), seconds(2, 0), seconds(2, 1)];
  // Each part loads its five networks.
  const start = first + second - whole;
  expect(start).toBeGreaterThan(0);
  expect(seconds(3, 0) + seconds(3, 1) + seconds(3, 2)).toBeCloseTo(whole + 2 * start, 6);
});

it('predicts faster without mirroring', () => {
  const seconds = (predict: string[]) =>
    estimatesOf({ arguments: { predict } }).get('predict-3d_fullres-part_0')!.seconds!;
  expect(seconds(['--disable_tta'])).toBeLessThan(seconds(['--preset', 'balanced']));
  expect(seconds(['--preset', 'balanced'])).toBeLessThan(seconds([]));
});

it('estimates 1000 cases, four configurations and five folds at once', () => {
  const started = performance.now();
  const plans = { '2D': plansOf(1000, [[32, 32]]), '3D': plansOf(1000, [[24, 32, 24], [32, 32, 32]]) }; // biome-ignore format: a row
  expect(estimatesOf({}, { planned: workOfPlansV1(plans, extensions) }).size).toBeGreaterThan(20);
  expect(performance.now() - started).toBeLessThan(1500);
});

describe('the facts of an experiment', () => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root });
  const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task501_Liver');
  const settings = settingsWith({ configurations: ['2d', '3d_fullres'] });

  beforeAll(async () => {
    mkdirSync(join(raw, 'imagesTr'), { recursive: true });
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const id of ids) {
      const data = new Float32Array(40 * 48 * 44);
      await writeVolume(join(raw, 'imagesTr', `${id}_0000.nii.gz`), { ...images[0]!, data });
    }
    const dataset = {
      modality: { 0: 'MRI' },
      labels: { 0: 'background', 1: 'liver' },
      training: ids.map((id) => ({ image: `imagesTr/${id}.nii.gz`, label: `labelsTr/${id}.nii.gz` })),
      test: [],
    };
    writeFileSync(join(raw, 'dataset.json'), JSON.stringify(dataset));
  });

  it('foresee the plans of a task that is not planned, from the headers of its images', async () => {
    const found = await readEstimateFacts(roots, settings);
    expect(found.foreseen).toBe(true);
    const patchOf = (name: '2d' | '3d_fullres') => found.planned!.configuration(name, settings)!.trainer.patchSize;
    expect(found.planned!.cases.map(({ shape }) => shape)).toEqual(Array(6).fill([40, 48, 44]));
    expect(patchOf('3d_fullres')).toEqual([40, 48, 48]);
    expect(patchOf('2d')).toEqual([48, 48]);
    expect(found.validationCases).toEqual([2, 1, 1, 1, 1]);
    expect(found.speed.measured).toBeGreaterThan(0);
  });

  it('take the speed from the logs of the trainings', async () => {
    const fold = join(root, 'nnUNet_results/nnUNet/2d/Task501_Liver/nnUNetTrainerV2__nnUNetPlansv2.1/fold_0');
    mkdirSync(fold, { recursive: true });
    const schedule = JSON.stringify({ iterationsPerEpoch: 10, validationIterationsPerEpoch: 2 });
    const debug = { batch_size: '12', settings: schedule, log_file: '/elsewhere/training_log_1.txt' };
    writeFileSync(join(fold, 'debug.json'), JSON.stringify(debug));
    const epochs = [30, 20, 20].map((seconds, i) => JSON.stringify({ epoch: i + 1, seconds }));
    writeFileSync(join(fold, 'training_log_1.jsonl'), `${epochs.join('\n')}\n`);
    const found = await readEstimateFacts(roots, settings);
    expect(found.speed.measured).toBeNull();
    const seconds = (more: number) => {
      const words = `--batch_size 12 --iterations_per_epoch 10 --val_iterations_per_epoch 2 --epochs ${more}`.split(
        ' ',
      );
      const asked = settingsWith({ configurations: ['2d', '3d_fullres'], arguments: { train: words } });
      return estimateJobs(planJobs(asked, taskFacts), asked, found).get('train-2d-fold_0')!.seconds!;
    };
    // 20 s an epoch, and little more to save and draw.
    expect(seconds(11) - seconds(1)).toBeGreaterThan(200);
    expect(seconds(11) - seconds(1)).toBeLessThan(205);
  });
});
