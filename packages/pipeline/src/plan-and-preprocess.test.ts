import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExperimentPlanner3D_v21 } from '@nnunet/planner';
import { resolveRoots } from '@nnunet/schema';
import { readFingerprint, readPlans } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import { beforeEach, expect, it, vi } from 'vitest';
import { shippedExtensions } from './extensions.ts';
import { planAndPreprocess } from './plan-and-preprocess.ts';
import type { PlanAndPreprocessOptions } from './preparation-rules.ts';
import { listener } from './small-task.fixture.ts';

const work = vi.hoisted(() => ({
  cropDataset: vi.fn(),
  extractFingerprint: vi.fn(),
  prepareStage: vi.fn(),
}));
vi.mock('@nnunet/fingerprint', () => work);
vi.mock('./prepare-stage.ts', () => work);
vi.mock('./crop-dataset.ts', async (original) => ({ ...(await original<object>()), ...work }));

const TASKS = ['Task007_A', 'Task008_B'];
const grid = {
  shape: [2, 3, 4],
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;
const statistics = { median: 1, mean: 1, sd: 1, mn: 0, mx: 2, percentile_99_5: 2, percentile_00_5: 0 };
const fingerprint = {
  all_sizes: [[400, 400, 400]],
  all_spacings: [[1.23456, 1, 1]],
  all_classes: [1],
  modalities: { 0: 'MRI' },
  intensityproperties: null as object | null,
  size_reductions: { a: 1 },
};
let root: string;
let options: PlanAndPreprocessOptions;
let reporter: ReturnType<typeof listener>;
const raw = (task = TASKS[0]!) => join(root, 'nnUNet_raw_data_base/nnUNet_raw_data', task);
const cropped = (task = TASKS[0]!) => join(root, 'nnUNet_raw_data_base/nnUNet_cropped_data', task);
const prepared = (task = TASKS[0]!) => join(root, 'nnUNet_preprocessed', task);

beforeEach(async () => {
  root = temporaryFolder();
  for (const task of TASKS) {
    for (const name of ['imagesTr', 'labelsTr']) mkdirSync(join(raw(task), name), { recursive: true });
    for (const id of ['b', 'a']) {
      await writeVolume(join(raw(task), `imagesTr/${id}_0000.nii.gz`), { ...grid, data: new Float32Array(24).fill(3) });
      await writeLabels(join(raw(task), `labelsTr/${id}.nii.gz`), new Uint8Array(24).fill(1, 5), grid);
    }
    const training = ['b', 'a'].map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` }));
    const dataset = {
      modality: { 0: 'MRI' },
      labels: { 0: 'background', 1: 'one' },
      training,
      numTraining: 2,
      test: [],
    };
    writeFileSync(join(raw(task), 'dataset.json'), JSON.stringify(dataset));
  }
  reporter = listener();
  options = {
    roots: resolveRoots({ root, env: {} }),
    taskIds: ['7'],
    planner3d: 'ExperimentPlanner3D_v21',
    planner2d: 'ExperimentPlanner2D_v21',
    preprocess: true,
    workersLowres: 2,
    workersFullres: 5,
    verify: false,
    reporter,
  };
  work.cropDataset.mockReset().mockImplementation(async ({ croppedFolder }) => {
    mkdirSync(join(croppedFolder, 'gt_segmentations'), { recursive: true });
    for (const id of ['a', 'b']) writeFileSync(join(croppedFolder, `gt_segmentations/${id}.nii.gz`), id);
  });
  work.extractFingerprint.mockReset().mockImplementation(async (_cases, _of, { onProgress }) => {
    onProgress({ id: 'a', done: 1 });
    return fingerprint;
  });
  work.prepareStage.mockReset();
});

const run = (more: Partial<PlanAndPreprocessOptions> = {}) => planAndPreprocess({ ...options, ...more });

it('crops, takes the fingerprint, plans and prepares each stage with its threads', async () => {
  mkdirSync(join(prepared(), 'gt_segmentations'), { recursive: true });
  writeFileSync(join(prepared(), 'gt_segmentations/gone.nii.gz'), '');
  const extensions = shippedExtensions;
  expect(await run({ extensions })).toEqual([prepared()]);
  const cases = ['a', 'b'].map((id) => ({
    id,
    images: [join(raw(), `imagesTr/${id}_0000.nii.gz`)],
    labels: join(raw(), `labelsTr/${id}.nii.gz`),
  }));
  const crop = { rawFolder: raw(), cases, croppedFolder: cropped(), labels: [0, 1], workers: 5 };
  expect(work.cropDataset.mock.calls[0]![0]).toMatchObject(crop);
  expect(work.extractFingerprint.mock.calls[0]![1]).toEqual({ modalities: { 0: 'MRI' }, classes: [1] });
  for (const folder of [cropped(), prepared()]) {
    expect(readFileSync(join(folder, 'dataset.json'))).toEqual(readFileSync(join(raw(), 'dataset.json')));
    expect(await readFingerprint(join(folder, 'dataset_properties.json'))).toMatchObject({
      all_sizes: [[400, 400, 400]],
    });
    expect(readdirSync(join(folder, 'gt_segmentations'))).toEqual(['a.nii.gz', 'b.nii.gz']);
  }
  expect(existsSync(join(cropped(), 'intensityproperties.json'))).toBe(false);
  const plans = await readPlans(join(prepared(), 'nnUNetPlansv2.1_plans_3D.json'));
  expect(plans.list_of_npz_files).toEqual(['a', 'b'].map((id) => join(cropped(), `${id}.npz`)));
  expect(plans.preprocessed_data_folder).toBe(prepared());
  const stages = work.prepareStage.mock.calls.map(([given]) => given);
  expect(stages.map((given) => [given.plans.data_identifier, given.stage, given.workers])).toEqual([
    ['nnUNetData_plans_v2.1', 0, 2],
    ['nnUNetData_plans_v2.1', 1, 5],
    // Of one stage alone that is the full resolution.
    ['nnUNetData_plans_v2.1_2D', 0, 5],
  ]);
  expect(stages[0]).toMatchObject({ cases: ['a', 'b'], croppedFolder: cropped(), taskFolder: prepared() });
  expect(stages[0].preprocessors).toBe(extensions.preprocessors);
  expect(stages[0].normalizations).toBe(extensions.normalizations);
  expect(reporter.messages[0]).toBe(`${TASKS[0]} (rules of nnU-Net v1)`);
  expect(reporter.messages.slice(1)).toEqual([
    expect.stringMatching(
      /^planned 3D stage 0: patch \d+ x \d+ x \d+, batch \d+, spacing [\d.]+ x [\d.]+ x [\d.]+ mm$/,
    ),
    expect.stringMatching(/^planned 3D stage 1: .* spacing 1\.235 x 1 x 1 mm$/),
    expect.stringMatching(/^planned 2D stage 0: /),
  ]);
  expect(reporter.progressed).toContainEqual({ what: 'fingerprint', done: 1, total: 2, note: 'a' });
});

it('only plans where asked to, for a GPU and a share of a patient, and names other plans', async () => {
  await run({ preprocess: false, gpuMemoryTarget: 4, howMuchOfAPatient: 1e9 });
  expect(work.prepareStage).not.toHaveBeenCalled();
  const plans = await readPlans(join(prepared(), 'nnUNetPlansv2.1_gpu4GB_plans_3D.json'));
  expect(plans.num_stages).toBe(1);
  expect(reporter.messages).toContain('train on these with nnUNet_train `plansIdentifier` nnUNetPlansv2.1_gpu4GB');
});

it.each([
  ['architecture', { architecture: 'Misspelt' }, 'unknown-architecture'],
  ['normalisation scheme', { normalizationSchemes: () => ({ 0: 'Misspelt' }) }, 'unknown-normalization'],
  ['preprocessor', { preprocessorName: 'Misspelt' }, 'unknown-preprocessor'],
])('writes no plans with the %s of a name that nothing has', async (_, decisions, tag) => {
  class Mine extends ExperimentPlanner3D_v21 {
    constructor(...given: ConstructorParameters<typeof ExperimentPlanner3D_v21>) {
      super(...given);
      Object.assign(this, decisions);
    }
  }
  const extensions = { ...shippedExtensions, planners: shippedExtensions.planners.with(Mine) };
  const planned = run({ planner3d: 'Mine', planner2d: null, preprocess: false, extensions });
  await expect(planned).rejects.toMatchObject({ tag });
  expect(readdirSync(prepared()).filter((file) => file.includes('plans'))).toEqual([]);
  expect(reporter.messages).toEqual([`${TASKS[0]} (rules of nnU-Net v1)`]);
});

it('writes the statistics of CT', async () => {
  const properties = { 0: { ...statistics, local_props: { a: statistics } } };
  work.extractFingerprint.mockResolvedValue({
    ...fingerprint,
    modalities: { 0: 'CT' },
    intensityproperties: properties,
  });
  await run({ planner2d: null });
  const file = join(cropped(), 'intensityproperties.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ 0: { mean: 1 } });
});

it('checks the files, and reads them all where asked to', async () => {
  const none = { planner3d: null, planner2d: null };
  await run(none);
  expect(reporter.messages).toEqual([`${TASKS[0]} (rules of nnU-Net v1)`]);
  expect(reporter.progressed[0]!.what).toBe('checking files');
  await run({ ...none, verify: true });
  expect(reporter.messages.at(-1)).toBe('the dataset is intact: 4 files');
  const reading = reporter.progressed.filter(({ what }) => what === 'reading every file');
  const { total } = reading[0]!;
  expect(reading[0]).toMatchObject({ done: 0, note: expect.stringMatching(/nii\.gz$/) });
  expect(reading.at(-1)).toEqual({ what: 'reading every file', done: total, total });
  const shifted = { ...grid, origin: [0, 0, 0.1], data: new Float32Array(24).fill(3) } as const;
  await writeVolume(join(raw(), 'imagesTr/a_0000.nii.gz'), shifted);
  await run({ ...none, verify: true });
  expect(reporter.warnings).toHaveLength(1);
  expect(reporter.messages.at(-1)).not.toMatch(/intact/);
  await expect(run({ ...none, strictGeometry: true })).rejects.toMatchObject({
    tag: 'dataset-integrity',
    where: raw(),
  });
  await writeVolume(join(raw(), 'imagesTr/a_0000.nii.gz'), {
    ...shifted,
    data: shifted.data.fill(Number.NaN, 0, 1),
    origin: [0, 0, 0],
  });
  await run(none);
  const { length } = reporter.messages;
  await run({ ...none, verify: true }).catch(() => undefined);
  expect(reporter.messages.slice(length).join()).not.toMatch(/intact/);
});

it('collects intensities of every modality if a planner wants them', async () => {
  class Collecting extends ExperimentPlanner3D_v21 {
    static collectsIntensities = true;
  }
  const extensions = { ...shippedExtensions, planners: shippedExtensions.planners.with(Collecting) };
  const given = () => work.extractFingerprint.mock.lastCall?.[2];
  await run({ preprocess: false });
  expect(given()).not.toHaveProperty('intensities');
  await run({ preprocess: false, extensions, planner3d: 'Collecting' });
  expect(given()).toMatchObject({ intensities: true });
});

it('writes the faults of each task to a report of its own', async () => {
  const integrityReport = join(root, 'report.json');
  const none = { planner3d: null, planner2d: null, integrityReport };
  await run(none);
  expect(JSON.parse(readFileSync(integrityReport, 'utf8'))).toEqual([]);
  await run({ ...none, taskIds: ['7', 8] });
  for (const task of TASKS) expect(JSON.parse(readFileSync(join(root, `${task}_report.json`), 'utf8'))).toEqual([]);
  expect(readdirSync(root).filter((name) => name.endsWith('.json'))).toHaveLength(3);
  writeFileSync(join(raw(), 'labelsTr/a.nii.gz'), '');
  await expect(run(none)).rejects.toMatchObject({ tag: 'dataset-integrity' });
  expect(JSON.parse(readFileSync(integrityReport, 'utf8'))).not.toEqual([]);
});

it('begins with nothing where something is missing', async () => {
  const { roots } = options;
  await expect(run({ roots: { ...roots, rawBase: null }, taskIds: ['99'] })).rejects.toThrow(/nnUNet_raw_data_base/);
  await expect(run({ roots: { ...roots, preprocessed: null }, taskIds: ['99'] })).rejects.toThrow(
    /nnUNet_preprocessed/,
  );
  await expect(run({ taskIds: ['7', '99'] })).rejects.toMatchObject({ tag: 'unknown-task' });
  writeFileSync(join(raw(TASKS[1]), 'imagesTr/c_0000.mha'), '');
  await expect(run({ taskIds: ['8'] })).rejects.toMatchObject({ tag: 'other-format' });
  expect(work.cropDataset).not.toHaveBeenCalled();
  expect(existsSync(cropped())).toBe(false);
});
