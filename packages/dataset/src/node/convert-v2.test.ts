import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeNiftiFile } from '../../test/nifti-file.ts';
import { datasetToV1, decathlonToV2, taskToV2 } from './convert-v2.ts';
import { verifyDataset } from './verify-dataset.ts';
import { verifyDatasetV2 } from './verify-dataset-v2.ts';

const shared = new URL('../../../../../shared/', import.meta.url).pathname;
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

let root: string;
let input: string;
let rawDatasets: string;

const V1 = {
  name: 'Two',
  tensorImageSize: '4D',
  modality: { 0: 'CT', 1: 'PET' },
  labels: { 0: 'nothing', 2: 'tumour', 1: 'liver' },
  numTraining: 99,
  numTest: 1,
  training: ['a', 'b'].map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` })),
  test: ['./imagesTs/t.nii.gz'],
};
const describeTask = (change: object = {}) =>
  writeFileSync(join(input, 'dataset.json'), JSON.stringify({ ...V1, ...change }));

beforeEach(() => {
  root = temporaryFolder();
  input = join(root, 'Task07_Two');
  rawDatasets = join(root, 'raw2');
  const size = [4, 3, 2];
  for (const id of ['a', 'b', 't']) {
    const images = id === 't' ? 'imagesTs' : 'imagesTr';
    for (const channel of [0, 1])
      writeNiftiFile(join(input, images, `${id}_000${channel}.nii.gz`), { size, voxels: Array.from({ length: 24 }, (_, i) => i + channel), spacing: [1, 1, 2] }); // biome-ignore format: a line
    if (id !== 't') writeNiftiFile(join(input, 'labelsTr', `${id}.nii.gz`), { size, voxels: Array.from({ length: 24 }, (_, i) => i % 3), spacing: [1, 1, 2], type: 'uint8' }); // biome-ignore format: a line
  }
  writeFileSync(join(input, 'imagesTr/.hidden'), '');
  mkdirSync(join(input, 'labelsTs'));
  describeTask();
});

const toV2 = (name = 'Dataset007_Two') => taskToV2({ input, rawDatasets, name });
const toV1 = (more = {}) => datasetToV1({ input: join(rawDatasets, 'Dataset007_Two'), name: 'Dataset007_Two', rawBase: join(root, 'raw1'), ...more }); // biome-ignore format: a line

describe('a task of v1 as a dataset of v2', () => {
  it('is copied as it is, with labels by name and the number of its cases', async () => {
    const { folder, skipped } = await toV2();
    expect(folder).toBe(join(rawDatasets, 'Dataset007_Two'));
    expect(skipped).toEqual(['imagesTr/.hidden']);
    expect(readdirSync(folder).sort()).toEqual(['dataset.json', 'imagesTr', 'imagesTs', 'labelsTr', 'labelsTs']);
    for (const file of ['imagesTr/b_0001.nii.gz', 'labelsTr/a.nii.gz', 'imagesTs/t_0000.nii.gz'])
      expect(readFileSync(join(folder, file))).toEqual(readFileSync(join(input, file)));
    expect(readJson(folder, 'dataset.json')).toEqual({
      name: 'Two',
      labels: { background: 0, tumour: 2, liver: 1 },
      numTraining: 2,
      channel_names: { 0: 'CT', 1: 'PET' },
      file_ending: '.nii.gz',
    });
    expect((await verifyDatasetV2({ folder })).faults).toEqual([]);
  });

  it.each([
    [{ 0: 'background', 1: 'a', 2: 'a' }, 'two labels are called "a"'],
    [{ 0: 'nothing', 1: 'background' }, 'label 1 is called "background"'],
    [{ 1: 'background', 2: 'a' }, 'label 1 is called "background"'],
  ])('is refused where v2 would misunderstand the labels %j', async (labels, what) => {
    describeTask({ labels });
    await expect(toV2()).rejects.toMatchObject({ tag: 'bad-dataset', what, where: join(input, 'dataset.json') });
    expect(existsSync(rawDatasets)).toBe(false);
  });

  it('takes no number twice, and no other name or folder', async () => {
    await toV2();
    await expect(toV2('Dataset007_Other')).rejects.toMatchObject({ tag: 'exists', where: join(rawDatasets, 'Dataset007_Two') }); // biome-ignore format: a line
    for (const name of ['Task008_Two', 'Dataset8_Two', 'Dataset008_a/b'])
      await expect(toV2(name)).rejects.toMatchObject({ tag: 'usage' });
    const nothing = taskToV2({ input: rawDatasets, rawDatasets, name: 'Dataset008_Two' });
    await expect(nothing).rejects.toMatchObject({ tag: 'usage', what: 'there is no imagesTr in it' });
  });

  it('comes back as it was, but for the name of the background', async () => {
    await toV2();
    const { name, folder } = await toV1();
    expect(name).toBe('Task007_Two');
    for (const file of ['imagesTr/a_0000.nii.gz', 'labelsTr/b.nii.gz', 'imagesTs/t_0001.nii.gz'])
      expect(readFileSync(join(folder, file))).toEqual(readFileSync(join(input, file)));
    const { modality, labels, numTraining, training, test } = readJson(folder, 'dataset.json');
    expect({ modality, training, test }).toEqual({ modality: V1.modality, training: V1.training, test: V1.test });
    expect(labels).toEqual({ 0: 'background', 1: 'liver', 2: 'tumour' });
    expect(numTraining).toBe(2);
    expect((await verifyDataset({ taskFolder: folder })).faults).toEqual([]);
    await expect(toV1()).rejects.toMatchObject({ tag: 'exists' });
    expect((await toV1({ outputId: 70 })).name).toBe('Task070_Two');
  });
});

it.each([
  [{ background: 0, tumour: 2, all: [1, 2], ignore: 3 }, [1, 2], { tumour: 2, all: [1, 2] }],
  [{ background: 0, liver: 1, ignore: 2 }, undefined, { 0: 'background', 1: 'liver', 2: 'ignore' }],
])('regions and an ignore label go to v1 and come back: %j', async (labels, regions_class_order, inV1) => {
  const { folder } = await toV2();
  const file = join(folder, 'dataset.json');
  writeFileSync(file, JSON.stringify({ ...readJson(file), labels, regions_class_order }));
  const task = await toV1();
  const converted = readJson(task.folder, 'dataset.json');
  expect(converted).toMatchObject({ labels: inV1 });
  expect(converted.regions_class_order).toEqual(regions_class_order);
  const { folder: back } = await taskToV2({ input: task.folder, rawDatasets, name: 'Dataset008_Back' });
  const again = readJson(back, 'dataset.json');
  expect(JSON.stringify(again.labels)).toBe(JSON.stringify(labels));
  expect(again.regions_class_order).toEqual(regions_class_order);
  expect(again).not.toHaveProperty('ignoreLabel');
});

it('a dataset of v2 with other images is refused as a task of v1', async () => {
  const { folder } = await toV2();
  const file = join(folder, 'dataset.json');
  writeFileSync(file, JSON.stringify({ ...readJson(file), file_ending: '.nrrd' }));
  const what = 'the images end in .nrrd, and v1 reads .nii.gz alone';
  await expect(toV1()).rejects.toMatchObject({ tag: 'not-for-v1', what, where: file });
  expect(existsSync(join(root, 'raw1'))).toBe(false);
});

it('a task of the Decathlon becomes a dataset of v2, its 4D images split into channels', async () => {
  const size = [4, 3, 2, 2];
  const voxels = Array.from({ length: 48 }, (_, i) => i);
  const decathlon = join(root, 'Task08_Four');
  for (const folder of ['imagesTr', 'imagesTs']) writeNiftiFile(join(decathlon, folder, 'x.nii.gz'), { size, voxels, spacing: [1, 1, 2] }); // biome-ignore format: a line
  writeNiftiFile(join(decathlon, 'labelsTr/x.nii.gz'), { size: [4, 3, 2], voxels: voxels.slice(0, 24).map((value) => value % 3), spacing: [1, 1, 2], type: 'uint8' }); // biome-ignore format: a line
  writeFileSync(join(decathlon, 'dataset.json'), JSON.stringify({ ...V1, training: [], test: [] }));
  const { name, folder } = await decathlonToV2({ input: decathlon, rawDatasets, outputId: 80 });
  expect(name).toBe('Dataset080_Four');
  expect(readdirSync(join(folder, 'imagesTr'))).toEqual(['x_0000.nii.gz', 'x_0001.nii.gz']);
  const { numTraining, tensorImageSize, training } = readJson(folder, 'dataset.json');
  expect([numTraining, tensorImageSize, training]).toEqual([1, '4D', undefined]);
  expect((await verifyDatasetV2({ folder })).faults).toEqual([]);
  expect((await decathlonToV2({ input: decathlon, rawDatasets })).name).toBe('Dataset008_Four');
});

it('nothing is left of a conversion with files that cannot be converted, so that it can be run again', async () => {
  const image = join(input, 'imagesTr/a_0001.nii.gz');
  const whole = readFileSync(image);
  writeFileSync(image, 'damaged');
  const convert = () => decathlonToV2({ input, rawDatasets });
  const message = expect.stringContaining('Nothing was written. Correct these files and run the command again.');
  await expect(convert()).rejects.toMatchObject({ tag: 'cases-failed', cause: [{ where: image }], message });
  expect(readdirSync(rawDatasets)).toEqual([]);
  writeFileSync(image, whole);
  const { folder } = await convert();
  expect(existsSync(join(folder, 'dataset.json'))).toBe(true);
});

it('a listed file that is missing is named by its own path', async () => {
  const { folder } = await toV2();
  const file = join(folder, 'dataset.json');
  const [there, missing] = [join(input, 'imagesTr/a_0000.nii.gz'), join(input, 'none.nii.gz')];
  const dataset = { a: { images: [there, missing], label: join(input, 'labelsTr/a.nii.gz') } };
  writeFileSync(file, JSON.stringify({ ...readJson(file), numTraining: 1, dataset }));
  await expect(toV1()).rejects.toMatchObject({ tag: 'cases-failed', cause: [{ tag: 'missing-file', where: missing }] });
  expect(readdirSync(join(root, 'raw1/nnUNet_raw_data'))).toEqual([]);
  writeFileSync(file, JSON.stringify({ ...readJson(file), dataset: { '../../a': dataset.a } }));
  await expect(toV1()).rejects.toMatchObject({ tag: 'bad-case-id', where: file });
});

it.skipIf(!existsSync(join(shared, 'golden/v2/plans')))(
  "dataset.json equals that of v2's own conversion (in ../shared)",
  async () => {
    for (const name of ['101_Aniso', '102_TwoMod', '103_CT']) {
      const { folder } = await taskToV2({
        input: join(shared, `data/Task${name}`),
        rawDatasets,
        name: `Dataset${name}`,
      });
      expect(readJson(folder, 'dataset.json')).toEqual(readJson(shared, `golden/v2/plans/Dataset${name}/dataset.json`));
    }
  },
);
