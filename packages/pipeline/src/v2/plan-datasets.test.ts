import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { imageFormats } from '@nnunet/formats/node';
import { resolveRoots } from '@nnunet/schema';
import { parseFingerprintV2, rawFolder } from '@nnunet/schema/internal';
import { openPreparedCase } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { readVolume, writeLabels, writeVolume } from '@nnunet/volume/node';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { planAndPreprocess } from '../plan-and-preprocess.ts';
import { listener, writeSmallTask } from '../small-task.fixture.ts';
import { extractFingerprintsV2, planExperimentsV2, preprocessDatasetsV2 } from './plan-datasets.ts';

vi.mock('@nnunet/fingerprint/v2', async (original) =>
  (await import('./few-samples.fixture.ts')).drawingFew(await original()),
);

const NAME = 'Dataset007_Balls';
const root = temporaryFolder();
const roots = resolveRoots({ root });
const raw = rawFolder(roots, NAME);
const prepared = join(root, 'nnUNet_preprocessed', NAME);
const readJson = (name: string) => JSON.parse(readFileSync(join(prepared, name), 'utf8'));

const DESCRIPTION = {
  channel_names: { 0: 'MRI' },
  labels: { background: 0, whole: [1, 2], core: 2, ignore: 3 },
  regions_class_order: [1, 2],
  numTraining: 2,
  file_ending: '.nii.gz',
};

let reporter: ReturnType<typeof listener>;
beforeEach(() => {
  reporter = listener();
});
const common = () => ({ roots, datasets: [7], reporter });
const extract = (more = {}) =>
  extractFingerprintsV2({ ...common(), clean: false, fingerprintWorkers: 1, verify: false, ...more });
const plan = (more = {}) => planExperimentsV2({ ...common(), ...more });
const preprocess = (more = {}) => preprocessDatasetsV2({ ...common(), workers: [1], ...more });
const describeDataset = (change = {}) =>
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify({ ...DESCRIPTION, ...change }));

beforeAll(async () => {
  await writeSmallTask(raw, 2);
  describeDataset();
  reporter = listener();
  await extract({ verify: true });
  await plan();
  await preprocess();
});

it('describes the data, plans the experiment and prepares cases with the voxels of regions', async () => {
  expect(
    readdirSync(prepared)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual([
    'dataset.json',
    'dataset_fingerprint.json',
    'gt_segmentations',
    'made-from.json',
    'nnUNetPlans.json',
    'nnUNetPlans_2d',
    'nnUNetPlans_3d_fullres',
  ]);
  const fingerprint = parseFingerprintV2(readFileSync(join(prepared, 'dataset_fingerprint.json'), 'utf8'));
  expect(fingerprint).toMatchObject({ shapes_after_crop: [[36, 40, 38], [36, 40, 38]], median_relative_size_after_cropping: 1 }); // biome-ignore format: a table
  expect(readdirSync(join(prepared, 'gt_segmentations'))).toEqual(['ball_0.nii.gz', 'ball_1.nii.gz']);
  const stored = await openPreparedCase(join(prepared, 'nnUNetPlans_3d_fullres'), 'ball_0');
  expect(stored.shape).toEqual([2, 36, 40, 38]);
  // The ball has label 1; nothing has label 2 or is left out, so that everything is annotated.
  expect(stored.locationCounts).toMatchObject({ '1,2': expect.any(Number), 2: 0, '-1,0,1,2': 10000 });
  expect(stored.locationCounts!['1,2']).toBeGreaterThan(1000);
  const [z, y, x] = await stored.location('1,2', 5);
  const box = await stored.readBox([z, y, x], [z + 1, y + 1, x + 1]);
  expect(box[1]).toBe(1);
  expect(Object.keys(stored.properties.made_from!)).toContain('labelsTr/ball_0.nii.gz');
  await stored.close();
});

describe('the fingerprint', () => {
  it('is kept while the data are the same, and made again when they are not', async () => {
    const made = () => statSync(join(prepared, 'dataset_fingerprint.json')).mtimeMs;
    const before = made();
    await extract();
    expect(reporter.messages).toEqual([
      'Dataset007_Balls (rules of nnU-Net v2)',
      'the fingerprint was made from the same data and is kept',
    ]);
    renameSync(join(prepared, 'made-from.json'), join(prepared, 'aside'));
    await extract();
    expect(reporter.messages.at(-1)).toMatch(/dataset_fingerprint.json has no record of what it was made from/);
    renameSync(join(prepared, 'aside'), join(prepared, 'made-from.json'));
    expect(made()).toBe(before);
    appendFileSync(join(raw, 'dataset.json'), '\n');
    await extract();
    expect(reporter.messages.at(-1)).toBe('the data have changed (dataset.json): the fingerprint is made again');
    describeDataset();
    const image = join(raw, 'imagesTr/ball_1_0000.nii.gz');
    const whole = readFileSync(image);
    writeFileSync(image, readFileSync(join(raw, 'imagesTr/ball_0_0000.nii.gz')));
    await extract();
    expect(reporter.messages.at(-1)).toBe('the data have changed (dataset.json, …): the fingerprint is made again');
    writeFileSync(image, whole);
    await extract();
    expect(reporter.messages.at(-1)).toBe(
      'the data have changed (imagesTr/ball_1_0000.nii.gz): the fingerprint is made again',
    );
    await extract({ clean: true });
    expect(made()).toBeGreaterThan(before);
  });

  it('is refused if it is damaged', async () => {
    const file = join(prepared, 'dataset_fingerprint.json');
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(whole), spacings: [[1, 0, 1]] }));
    await expect(plan()).rejects.toMatchObject({ tag: 'bad-fingerprint', where: file });
    rmSync(file);
    await expect(plan()).rejects.toMatchObject({ tag: 'missing-file', remedy: expect.stringContaining(NAME) });
    writeFileSync(file, whole);
  });
});

describe('the plans', () => {
  it('keep configurations of the user, and replace the planned ones', async () => {
    const own = { inherits_from: '3d_fullres', batch_size: 7 };
    const plans = readJson('nnUNetPlans.json');
    plans.configurations = { mine: own, '2d': {} };
    writeFileSync(join(prepared, 'nnUNetPlans.json'), JSON.stringify(plans));
    await plan();
    const { configurations } = readJson('nnUNetPlans.json');
    expect(Object.keys(configurations)).toEqual(['2d', '3d_fullres', 'mine']);
    expect(configurations.mine).toEqual(own);
    expect(configurations['2d'].patch_size).toEqual([40, 40]);
    expect(reporter.messages.at(-1)).toMatch(/keeps configurations that it had before: mine$/);
  });

  it('take name, spacing and memory from the options, and a planner by its name', async () => {
    await plan({ planner: 'nnUNetPlannerResEncM', plansName: 'own', targetSpacing: [2, 1, 1], preprocessorName: 'P' });
    const { plans_name, experiment_planner_used, configurations } = readJson('own.json');
    expect([plans_name, experiment_planner_used]).toEqual(['own', 'nnUNetPlannerResEncM']);
    expect(configurations['3d_fullres']).toMatchObject({ spacing: [2, 1, 1], preprocessor_name: 'P' });
    await expect(plan({ planner: 'nnUNetPlannerResEncS' })).rejects.toMatchObject({ tag: 'unknown-planner' });
    await expect(preprocess({ plansName: 'own' })).rejects.toMatchObject({ tag: 'unknown-preprocessor' });
  });

  it("bring the raw folder's splits, which must stay those of the prepared data", async () => {
    const split = (folder: string, ...folds: string[][]) =>
      writeFileSync(join(folder, 'splits_final.json'), JSON.stringify(folds.map(([val, ...train]) => ({ train, val: [val] })))); // biome-ignore format: a table
    split(raw, ['ball_0', 'ball_1', 'x']);
    await plan();
    expect(readJson('splits_final.json')).toEqual([{ train: ['ball_1', 'x'], val: ['ball_0'] }]);
    split(prepared, ['ball_0', 'x', 'ball_1'], ['ball_1', 'ball_0']);
    await plan();
    split(raw, ['ball_0', 'x', 'ball_1'], ['ball_0', 'ball_1']);
    await expect(plan()).rejects.toMatchObject({ tag: 'bad-splits', what: expect.stringMatching(/^fold 1 /) });
    for (const folder of [raw, prepared]) rmSync(join(folder, 'splits_final.json'));
  });
});

describe('prepared cases', () => {
  const kept = (name: string, count: number) => `${name}: ${count} of 2 cases are already preprocessed and are kept`;

  it('are kept unless their files or the settings have changed', async () => {
    await preprocess({ configurations: ['2d'] });
    expect(reporter.messages.at(-1)).toBe(kept('nnUNetPlans_2d', 2));
    const geometry = { spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
    const shape = [36, 40, 38] as const;
    const labels = new Uint8Array(36 * 40 * 38).fill(2, 20000, 20900);
    await writeLabels(join(raw, 'labelsTr/ball_1.nii.gz'), labels, { ...geometry, shape });
    await preprocess({ configurations: ['2d'] });
    expect(reporter.messages.at(-1)).toBe(kept('nnUNetPlans_2d', 1));
    const stored = await openPreparedCase(join(prepared, 'nnUNetPlans_2d'), 'ball_1');
    expect(stored.locationCounts).toMatchObject({ '1,2': 900, 2: 900 });
    await stored.close();
    expect(readFileSync(join(prepared, 'gt_segmentations/ball_1.nii.gz'))).toEqual(
      readFileSync(join(raw, 'labelsTr/ball_1.nii.gz')),
    );
    appendFileSync(join(raw, 'dataset.json'), ' ');
    await preprocess({ configurations: ['2d'] });
    expect(readFileSync(join(prepared, 'dataset.json'))).toEqual(readFileSync(join(raw, 'dataset.json')));
    // Another planner with the same data identifier uses the same cases.
    await plan({ planner: 'nnUNetPlannerResEncM' });
    await preprocess({ plansName: 'nnUNetResEncUNetMPlans', configurations: ['2d'] });
    expect(reporter.messages.at(-1)).toBe(kept('nnUNetPlans_2d', 2));
    await plan({ planner: 'nnUNetPlannerResEncM', targetSpacing: [1, 1.5, 1] });
    const count = reporter.messages.length;
    await preprocess({ plansName: 'nnUNetResEncUNetMPlans', configurations: ['2d'] });
    expect(reporter.messages.slice(count + 1)).toEqual([]);
  });

  it('are warned of where nnU-Net v2 has prepared cases in the same folder, and leave those alone', async () => {
    const folder = join(prepared, 'nnUNetPlans_2d');
    await preprocess({ configurations: ['2d'] });
    expect(reporter.warnings).toEqual([]);
    writeFileSync(join(folder, 'ball_0.b2nd'), '');
    await preprocess({ configurations: ['2d'] });
    expect(reporter.warnings).toEqual([
      expect.stringMatching(/nnUNetPlans_2d: nnU-Net v2 has prepared cases here, too/),
    ]);
    expect(readdirSync(folder)).toContain('ball_0.b2nd');
    rmSync(join(folder, 'ball_0.b2nd'));
  });

  it('are removed with their raw files; an image at another place than its labels is prepared all the same', async () => {
    const shape = [36, 40, 38] as const;
    const geometry = { shape, spacing: [1, 1, 1], origin: [99, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
    const data = new Float32Array(36 * 40 * 38).map((_, i) => 1 + (i % 7));
    await writeVolume(join(raw, 'imagesTr/ball_0_0000.nii.gz'), { ...geometry, data });
    for (const file of ['imagesTr/ball_1_0000.nii.gz', 'labelsTr/ball_1.nii.gz']) renameSync(join(raw, file), join(root, file.slice(9))); // biome-ignore format: a line
    await preprocess({ configurations: ['2d', '3d_lowres'] });
    expect(reporter.warnings.join()).toMatch(/origin differs[\s\S]*numTraining is not the number|numTraining/);
    expect(reporter.messages.at(-1)).toBe('nnUNetPlans has no configuration 3d_lowres; it is skipped');
    expect(readdirSync(join(prepared, 'nnUNetPlans_2d')).sort()).toEqual([
      'ball_0.json',
      'ball_0.npy',
      'ball_0_locations.npy',
      'made-from.json',
    ]);
    expect(readdirSync(join(prepared, 'gt_segmentations'))).toEqual(['ball_0.nii.gz']);
  });

  it.each([
    [{ configurations: 7 }, 'bad-plans', /"configurations"/],
    [{ configurations: { '2d': { data_identifier: '../x' } } }, 'bad-plans', /"data_identifier"/],
    [{ configurations: { '2d': { inherits_from: '3d' } } }, 'bad-plans', /no configuration 3d/],
  ])('need plans that make sense: %j', async (content, tag, what) => {
    writeFileSync(join(prepared, 'bad.json'), JSON.stringify(content));
    const refused = preprocess({ plansName: 'bad', configurations: ['2d'] });
    await expect(refused).rejects.toMatchObject({ tag, what: expect.stringMatching(what), where: join(prepared, 'bad.json') }); // biome-ignore format: a line
    await expect(preprocess({ plansName: 'none' })).rejects.toMatchObject({ tag: 'missing-file' });
  });
});

it('refuses a dataset with faults, and images that it cannot read', async () => {
  describeDataset({ numTraining: 1, labels: { background: 0, ball: 1, other: 3 }, regions_class_order: undefined });
  await expect(plan()).rejects.toMatchObject({ tag: 'dataset-integrity', where: raw });
  const png = join(root, 'nnUNet_raw/Dataset008_Photos');
  for (const folder of ['imagesTr', 'labelsTr']) mkdirSync(join(png, folder), { recursive: true });
  const description = {
    channel_names: { 0: 'R' },
    labels: { background: 0, a: 1 },
    numTraining: 1,
    file_ending: '.png',
  };
  writeFileSync(join(png, 'dataset.json'), JSON.stringify(description));
  const where = join(png, 'dataset.json');
  for (const [ending, kind] of [
    ['.png', 'PNG'],
    ['.bmp', 'BMP'],
    ['.tif', 'TIFF'],
    ['.tiff', 'TIFF'],
  ]) {
    writeFileSync(where, JSON.stringify({ ...description, file_ending: ending }));
    for (const name of ['imagesTr/a_0000', 'labelsTr/a']) writeFileSync(join(png, name + ending), 'pixels');
    const refused = { tag: 'dataset-integrity', what: expect.stringContaining(`not a ${kind} file`) };
    await expect(plan({ datasets: [8] })).rejects.toMatchObject(refused);
  }
  writeFileSync(where, JSON.stringify({ ...description, file_ending: '.jpg' }));
  await expect(plan({ datasets: [8] })).rejects.toMatchObject({ tag: 'unsupported-reader', what: expect.stringContaining('.jpg') }); // biome-ignore format: a line
});

it('reads listed files, also of other formats, and notices a change of either of two with the same name', async () => {
  const listed = rawFolder(roots, 'Dataset009_Listed');
  await writeSmallTask(listed, 2);
  const formats = shippedFormats.with(...imageFormats);
  const files: [string, { images: string[]; label: string }][] = [];
  for (const id of [0, 1]) {
    const folder = `patient${id}/scan`;
    mkdirSync(join(listed, folder), { recursive: true });
    for (const [from, to] of [
      [`imagesTr/ball_${id}_0000`, 'mr'],
      [`labelsTr/ball_${id}`, 'label'],
    ])
      await writeVolume(join(listed, folder, `${to}.nrrd`), await readVolume(join(listed, `${from}.nii.gz`)), formats);
    files.push([`case${id}`, { images: [`${folder}/mr.nrrd`], label: `${folder}/label.nrrd` }]);
  }
  const description = { ...DESCRIPTION, file_ending: '.nrrd', dataset: Object.fromEntries(files) };
  writeFileSync(join(listed, 'dataset.json'), JSON.stringify(description));
  await extract({ datasets: [9] });
  const [first, second] = [0, 1].map((id) => join(listed, `patient${id}/scan/mr.nrrd`)) as [string, string];
  const whole = readFileSync(first);
  for (const [from, to] of [
    [second, first],
    [first, second],
  ] as const) {
    writeFileSync(to, from === first ? whole : readFileSync(from));
    await extract({ datasets: [9] });
    const name = `patient${to === first ? 0 : 1}/scan/mr.nrrd`;
    expect(reporter.messages.at(-1)).toBe(`the data have changed (${name}): the fingerprint is made again`);
  }
});

it('plans tasks of v1 and datasets of v2 together, each by its own rules', async () => {
  describeDataset({ numTraining: 1 });
  await writeSmallTask(rawFolder(roots, 'Task006_Balls'), 2);
  const options = { roots, planner2d: 'ExperimentPlanner2D_v21', preprocess: true, workersLowres: 1, workersFullres: 1, verify: false, reporter } as const; // biome-ignore format: a line
  rmSync(join(prepared, 'nnUNetPlans_2d'), { recursive: true });
  rmSync(join(prepared, 'nnUNetPlans_3d_fullres'), { recursive: true });
  const folders = await planAndPreprocess({ ...options, taskIds: [6, NAME], planner3d: null });
  expect(folders).toEqual([join(root, 'nnUNet_preprocessed/Task006_Balls'), prepared]);
  expect(reporter.messages.filter((text) => text.includes('rules of'))).toEqual([
    'Task006_Balls (rules of nnU-Net v1)',
    'Dataset007_Balls (rules of nnU-Net v2)',
  ]);
  expect(readdirSync(prepared)).toContain('nnUNetPlans_2d');
  expect(readdirSync(prepared)).not.toContain('nnUNetPlans_3d_fullres');
  await planAndPreprocess({ ...options, taskIds: [7], planner3d: 'nnUNetPlannerResEncL', preprocess: false });
  expect(readJson('nnUNetResEncUNetLPlans.json').experiment_planner_used).toBe('nnUNetPlannerResEncL');
});
