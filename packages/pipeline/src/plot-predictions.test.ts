import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderOverlay } from '@nnunet/plot';
import { resolveRoots } from '@nnunet/schema';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { drawAll } from './draw-all.ts';
import { drawCase } from './draw-case.ts';
import { labelNamesOf } from './label-names.ts';
import { plotPredictions, validationFolders } from './plot-predictions.ts';
import { listener } from './small-task.fixture.ts';

vi.mock('@nnunet/plot', async (original) => {
  const real = await original<typeof import('@nnunet/plot')>();
  return { ...real, renderOverlay: vi.fn(real.renderOverlay) };
});
vi.mock('./draw-all.ts', async (original) => {
  const real = await original<typeof import('./draw-all.ts')>();
  return { ...real, drawAll: vi.fn(real.drawAll) };
});

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
const folders = {
  images: join(root, 'images'),
  predictions: join(root, 'predictions'),
  references: join(root, 'labels'),
};
const grid = {
  shape: [3, 4, 5],
  spacing: [2, 1, 3],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;

/** Labelled in slice 0 wholly, in slice 1 in part. */
const reference = new Uint8Array(60).fill(1, 0, 24);
/** Misses three voxels of slice 0 and all of slice 1, and adds one to slice 2. */
const prediction = new Uint8Array(60).fill(1, 0, 17);
prediction[45] = 1;

async function writeCase(id: string): Promise<void> {
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  for (const channel of ['0000', '0001']) {
    await writeVolume(join(folders.images, `${id}_${channel}.nii.gz`), {
      ...grid,
      data: new Float32Array(60).map((_, i) => i),
    });
  }
  await writeLabels(join(folders.references, `${id}.nii.gz`), reference, grid);
  await writeLabels(join(folders.predictions, `${id}.nii.gz`), prediction, grid);
}

describe('plotPredictions', () => {
  const options = {
    ...folders,
    known: { labels: { '1': 'liver' } },
    modality: 0,
    outputFolder: join(root, 'out'),
    reporter: listener(),
  };

  it('draws one picture a case, with and without references, of any modality', async () => {
    await writeCase('a');
    await writeCase('b');
    expect(await plotPredictions(options)).toBe(2);
    expect(readdirSync(options.outputFolder).sort()).toEqual(['a.png', 'b.png']);
    // Each is drawn in memory.
    expect(vi.mocked(drawAll).mock.lastCall![1].workers).toBe(1);
    const picture = (folder: string) => readFileSync(join(root, folder, 'a.png'));
    expect(await plotPredictions({ ...options, references: undefined, outputFolder: join(root, 'alone') })).toBe(2);
    // Three panels, and two.
    expect(picture('out').readUInt32BE(16)).toBeGreaterThan(1.3 * picture('alone').readUInt32BE(16));
    expect(await plotPredictions({ ...options, modality: 1, outputFolder: join(root, 'a/second') })).toBe(2);
    expect(options.reporter.progressed.slice(0, 2)).toEqual(
      ['a', 'b'].map((note, i) => ({ what: 'drawing', done: i + 1, total: 2, note })),
    );
  });

  it('draws the others where a case is faulty, and leaves no old picture of it', async () => {
    await writeCase('a');
    await writeCase('b');
    await plotPredictions(options);
    await rm(join(options.outputFolder, 'b.png'));
    await writeFile(join(folders.predictions, 'a.nii.gz'), 'no image');
    const message = expect.stringMatching(/^1 of 2 cases failed:\n- .*predictions\/a\.nii\.gz: /);
    await expect(plotPredictions(options)).rejects.toMatchObject({ tag: 'cases-failed', message });
    expect(readdirSync(options.outputFolder)).toEqual(['b.png']);
    await writeCase('a');
  });

  it('names what is missing before it draws anything', async () => {
    const outputFolder = join(root, 'none');
    const fails = (more: object) => expect(plotPredictions({ ...options, outputFolder, ...more })).rejects;
    await fails({ modality: 2 }).toThrow(/there is no .*a_0002\.nii\.gz/);
    await fails({ references: join(root, 'elsewhere') }).toThrow(/elsewhere.*a\.nii\.gz/);
    await fails({ predictions: folders.images, modality: 0 }).toThrow(/there is no .*a_0000_0000/);
    for (const modality of [-1, 0.5])
      await fails({ modality }).toThrow(`\`modality\` must be an integer of at least 0, not ${modality}`);
    mkdirSync(join(root, 'empty'), { recursive: true });
    await fails({ predictions: join(root, 'empty') }).toThrow(/no label maps/);
    await writeLabels(join(folders.predictions, 'z.nii.gz'), prediction, grid);
    await fails({}).toThrow(/there is no .*images\/z_0000\.nii\.gz, .*labels\/z\.nii\.gz\n/);
    await rm(join(folders.predictions, 'z.nii.gz'));
    expect(readdirSync(root)).not.toContain('none');
  });
});

describe('drawCase', () => {
  const output = join(root, 'c.png');
  const image = join(folders.images, 'c_0000.nii.gz');
  const [mine, given] = [folders.predictions, folders.references].map((folder) => join(folder, 'c.nii.gz'));

  it('draws the slice of the largest disagreement with Dice, or without references that of most foreground', async () => {
    await writeCase('c');
    const known = { labels: { '1': 'liver', '2': 'spleen' } };
    const drawn = vi.mocked(renderOverlay);
    drawn.mockClear();
    expect(await drawCase({ image, prediction: mine!, reference: given, output, title: 'c', known })).toBe(output);
    await drawCase({ image, prediction: mine!, output });
    const slice = (data: ArrayLike<number>, z: number) => ({
      data: expect.objectContaining(Array.from(data).slice(20 * z, 20 * z + 20)),
      height: 4,
      width: 5,
    });
    const voxels = Array.from({ length: 60 }, (_, i) => i);
    // 24 voxels of the reference, 18 of the prediction, 17 of both.
    expect(drawn.mock.calls.map(([options]) => options)).toEqual([
      {
        image: slice(voxels, 1),
        label: slice(reference, 1),
        prediction: slice(prediction, 1),
        spacing: [1, 3],
        title: 'c',
        captions: { image: 'image, slice 2 of 3', label: 'reference' },
        names: { '1': 'liver (Dice 0.810)' },
      },
      {
        image: slice(voxels, 0),
        label: undefined,
        prediction: slice(prediction, 0),
        spacing: [1, 3],
        title: undefined,
        captions: { image: 'image, slice 1 of 3', label: 'reference' },
        names: {},
      },
    ]);
    await drawCase({ image, prediction: mine!, reference: given, output });
    expect(drawn.mock.lastCall![0].names).toEqual({ '1': 'label 1 (Dice 0.810)' });
  });

  it('names regions with their own Dice, and leaves out what nobody annotated', async () => {
    await writeCase('c');
    const regions = [
      { name: 'whole', values: [1, 2] },
      { name: 'core', values: [2] },
    ];
    const known = { labels: { 0: 'background', 1: 'label 1', 2: 'core' }, regions, regions_class_order: [1, 2] };
    const drawn = vi.mocked(renderOverlay);
    // The first half of slice 0 is label 2 in both maps; in slice 1, nothing of the reference is annotated.
    const [test, expected] = [prediction, reference].map((labels, map) =>
      labels.map((label, i) => (label === 1 && i < 10 ? 2 : map === 1 && i >= 20 && i < 40 ? 3 : label)),
    );
    const files = { prediction: join(root, 'test.nii.gz'), reference: join(root, 'expected.nii.gz') };
    await writeLabels(files.prediction, test!, grid);
    await writeLabels(files.reference, expected!, grid);
    await drawCase({ image, ...files, output, known: { ...known, ignoreLabel: 3 } });
    // 20 voxels of the reference, 18 of the prediction, 17 of both.
    expect(drawn.mock.lastCall![0].names).toEqual({ 1: 'whole (Dice 0.895)', 2: 'core (Dice 1.000)' });
    const labels = { labels: { 1: 'rest', 2: 'core', 3: 'ignore' }, ignoreLabel: 3 };
    await drawCase({ image, ...files, output, known: labels });
    expect(drawn.mock.lastCall![0].names).toEqual({ 1: 'rest (Dice 0.778)', 2: 'core (Dice 1.000)' });
  });

  it('refuses a label map of another size by its name', async () => {
    await writeCase('c');
    const other = join(root, 'other.nii.gz');
    await writeLabels(other, new Uint8Array(8), { ...grid, shape: [2, 2, 2] });
    const fault = /^.*other\.nii\.gz: the label map has 2 x 2 x 2 voxels, but the image has 3 x 4 x 5\n/;
    await expect(drawCase({ image, prediction: other, output })).rejects.toThrow(fault);
    await expect(drawCase({ image, prediction: mine!, reference: other, output })).rejects.toThrow(fault);
  });
});

describe('the validation cases of a fold', () => {
  it('lie below the model, their references with the prepared task', async () => {
    const roots = resolveRoots({ root, env: {} });
    const raw = join(roots.rawBase!, 'nnUNet_raw_data/Task007_Made');
    mkdirSync(raw, { recursive: true });
    const model = {
      roots,
      task: '7',
      configuration: '2d',
      trainer: 'T',
      plansIdentifier: 'P',
      fold: '1',
      validationFolder: 'v',
    };
    const place = {
      images: join(raw, 'imagesTr'),
      predictions: join(roots.results!, 'nnUNet/2d/Task007_Made/T__P/fold_1/v'),
      references: join(roots.preprocessed!, 'Task007_Made/gt_segmentations'),
    };
    expect(await validationFolders(model)).toMatchObject({ ...place, known: {} });
    const dataset = { modality: { 0: 'MRI' }, labels: { 0: 'air', 1: 'liver' }, training: [] };
    await writeFile(join(raw, 'dataset.json'), JSON.stringify(dataset));
    expect((await validationFolders(model)).known.labels).toEqual({ 0: 'air', 1: 'liver' });
    expect(await labelNamesOf({ ...roots, rawBase: null, rawDatasets: null }, '7')).toEqual({});
  });

  it("lie where nnU-Net v2 has those of a dataset, for which v1's usual names stand", async () => {
    const roots = resolveRoots({ root, env: {} });
    const raw = join(roots.rawDatasets!, 'Dataset008_Made');
    mkdirSync(raw, { recursive: true });
    const labels = { background: 0, whole: [1, 2], core: 2, ignore: 3 };
    const dataset = {
      channel_names: { 0: 'MRI' },
      numTraining: 1,
      file_ending: '.nii.gz',
      regions_class_order: [1, 2],
    };
    await writeFile(join(raw, 'dataset.json'), JSON.stringify({ ...dataset, labels }));
    const usual = {
      roots,
      task: '8',
      configuration: 'my_config',
      trainer: 'nnUNetTrainerV2',
      plansIdentifier: 'nnUNetPlansv2.1',
      fold: 'all',
      validationFolder: 'validation_raw',
    };
    const results = join(roots.results!, 'Dataset008_Made');
    mkdirSync(results, { recursive: true });
    const found = await validationFolders(usual);
    expect(found).toMatchObject({
      images: join(raw, 'imagesTr'),
      predictions: join(results, 'nnUNetTrainer__nnUNetPlans__my_config/fold_all/validation'),
      references: join(roots.preprocessed!, 'Dataset008_Made/gt_segmentations'),
      rules: 'Dataset008_Made (rules of nnU-Net v2)',
    });
    expect(found.known).toMatchObject({ ignoreLabel: 3, regions: [{ name: 'whole' }, { name: 'core' }] });
    const other = { ...usual, trainer: 'T', plansIdentifier: 'P', fold: '0', validationFolder: 'v' };
    expect((await validationFolders(other)).predictions).toBe(join(results, 'T__P__my_config/fold_0/v'));
  });
});
