import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type NiftiFile, writeNiftiFile } from '../../test/nifti-file.ts';
import { rawCasesV2 } from './raw-cases-v2.ts';
import { verifyDatasetV2 } from './verify-dataset-v2.ts';

const size = [4, 3, 2];
const gray = Array.from({ length: 24 }, (_, i) => i);
const label = Array.from({ length: 24 }, (_, i) => i % 4);

let folder: string;
const write = (file: string, nifti: Partial<NiftiFile> = {}) =>
  writeNiftiFile(join(folder, file), { size, voxels: /label/.test(file) ? label : gray, spacing: [1, 1, 2], ...nifti });
const describeDataset = (change: object) => {
  const dataset = {
    channel_names: { 0: 'T1', 1: 'T2' },
    labels: { background: 0, whole: [1, 2], core: 2, ignore: 3 },
    regions_class_order: [1, 2],
    numTraining: 2,
    file_ending: '.nii.gz',
    ...change,
  };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(dataset));
};
beforeEach(() => {
  folder = temporaryFolder();
  for (const id of ['b', 'a_1']) {
    for (const channel of [0, 1]) write(`imagesTr/${id}_000${channel}.nii.gz`);
    write(`labelsTr/${id}.nii.gz`, { type: 'uint8' });
  }
  describeDataset({});
});
const verify = (level: 'quick' | 'full' = 'full') => verifyDatasetV2({ folder, level });
const faultsOf = async (level?: 'quick' | 'full') =>
  (await verify(level)).faults.map(({ severity, file, what }) => [severity, file, what]);

describe('verifyDatasetV2', () => {
  it('finds nothing wrong in an intact dataset with regions and an ignore label, and lists its cases', async () => {
    const files: string[] = [];
    const onProgress = ({ done, total, file }: { done: number; total: number; file: string }) =>
      files.push(`${done}/${total} ${file}`);
    const { faults, cases } = await verifyDatasetV2({ folder, onProgress });
    expect(faults).toEqual([]);
    expect(cases.map(({ id }) => id)).toEqual(['a_1', 'b']);
    expect(cases[0]).toMatchObject({
      images: [join(folder, 'imagesTr/a_1_0000.nii.gz'), join(folder, 'imagesTr/a_1_0001.nii.gz')],
      labels: join(folder, 'labelsTr/a_1.nii.gz'),
    });
    expect(files[0]).toBe('0/6 labelsTr/a_1.nii.gz');
    expect(files).toHaveLength(6);
    // Images of zeros only are kept whole, and files of no case are not looked at.
    for (const channel of [0, 1]) write(`imagesTr/b_000${channel}.nii.gz`, { voxels: gray.map(() => 0) });
    for (const name of ['imagesTr/.b_0000.nii.gz', 'imagesTr/b_0002.png', 'labelsTr/c.nii.gz'])
      writeFileSync(join(folder, name), '');
    expect((await verify()).faults).toEqual([]);
  });

  it('names every file at fault at once', async () => {
    rmSync(join(folder, 'labelsTr/b.nii.gz'));
    rmSync(join(folder, 'imagesTr/a_1_0001.nii.gz'));
    write('labelsTr/a_1.nii.gz', { type: 'uint8', voxels: label.map((value) => value + 1) });
    write('imagesTr/b_0001.nii.gz', {
      voxels: gray.map((value) => (value === 5 ? Number.NaN : value)),
      type: 'float32',
    });
    expect(await faultsOf()).toEqual([
      ['error', 'imagesTr/a_1', 'wrong number of images'],
      ['error', 'labelsTr/b.nii.gz', 'label map missing'],
      ['error', 'labelsTr/a_1.nii.gz', 'undeclared label values'],
      ['error', 'imagesTr/b_0001.nii.gz', 'NaN or infinite values in the image'],
    ]);
    const { faults } = await verify();
    expect(faults.map(({ remedy }) => remedy).join()).not.toMatch(/nnUNet_repair_dataset/);
    expect(faults[0]!.expected).toBe('2 images, one per channel (T1, T2)');
  });

  it('refuses other sizes and spacings within a case; another position is a warning', async () => {
    write('imagesTr/a_1_0000.nii.gz', { spacing: [1, 1, 2.0001] });
    write('imagesTr/b_0000.nii.gz', { size: [3, 4, 2] });
    expect(await faultsOf('quick')).toEqual([
      ['error', 'imagesTr/a_1_0000.nii.gz', 'spacing differs from labelsTr/a_1.nii.gz'],
      ['error', 'imagesTr/b_0000.nii.gz', 'size differs from labelsTr/b.nii.gz'],
    ]);
    write('imagesTr/b_0000.nii.gz', { origin: [30, 0, 0] });
    write('imagesTr/a_1_0000.nii.gz', { spacing: [1, 1, 2.00001] });
    expect(await faultsOf('quick')).toEqual([
      ['warning', 'imagesTr/b_0000.nii.gz', 'origin differs from labelsTr/b.nii.gz'],
    ]);
  });

  it.each([
    [{ numTraining: 3 }, 'numTraining is not the number of training cases'],
    [{ labels: { background: 0, a: 1, c: 3 }, regions_class_order: undefined }, 'labels are not consecutive'],
    [{ labels: { background: 0 }, regions_class_order: undefined }, 'only one label'],
    [{ labels: { background: 0, a: 1, ignore: 3 } }, 'cannot be used'],
    [{ file_ending: undefined }, 'cannot be used'],
  ])('refuses %j', async (change, what) => {
    describeDataset(change);
    expect(await faultsOf('full')).toContainEqual(['error', 'dataset.json', what]);
  });

  it('only warns of a wrong numTraining where voxels are not read, as v2 then plans with it', async () => {
    describeDataset({ numTraining: 3 });
    expect(await faultsOf('quick')).toEqual([
      ['warning', 'dataset.json', 'numTraining is not the number of training cases'],
    ]);
  });

  it('tells which names the images have if no case is found', async () => {
    describeDataset({ file_ending: '.nrrd' });
    expect((await verify('quick')).faults).toMatchObject([
      {
        ...{ severity: 'error', file: 'imagesTr/', what: 'no training cases' },
        expected: expect.stringContaining('CASE_0000.nrrd, CASE_0001.nrrd'),
        found: '4 files with other names: a_1_0000.nii.gz, a_1_0001.nii.gz, b_0000.nii.gz and 1 more',
      },
    ]);
    rmSync(join(folder, 'imagesTr'), { recursive: true });
    mkdirSync(join(folder, 'imagesTr'));
    expect((await verify()).faults).toMatchObject([{ what: 'no training cases', found: 'an empty folder' }]);
  });

  it('warns of an image reader that v2 does not have', async () => {
    describeDataset({ overwrite_image_reader_writer: 'NibabelIo' });
    expect((await verify('quick')).faults).toMatchObject([
      {
        severity: 'warning',
        file: 'dataset.json',
        found: '"NibabelIo"',
        expected: expect.stringContaining('NibabelIO,'),
      },
    ]);
    for (const reader of ['NibabelIO', 'None', null]) {
      describeDataset({ overwrite_image_reader_writer: reader });
      expect(await faultsOf('quick')).toEqual([]);
    }
  });

  it('tells what is missing of the folder', async () => {
    renameSync(join(folder, 'labelsTr'), join(folder, 'labels'));
    expect(await faultsOf('quick')).toContainEqual(['error', 'labelsTr/', 'folder missing']);
    rmSync(join(folder, 'imagesTr'), { recursive: true });
    expect(await faultsOf('quick')).toContainEqual(['error', 'imagesTr/', 'folder missing']);
    rmSync(join(folder, 'dataset.json'));
    expect(await faultsOf('quick')).toEqual([['error', 'dataset.json', 'file missing']]);
  });
});

it('takes the files that dataset.json lists, in its order, with variables', async () => {
  mkdirSync(join(folder, 'elsewhere'));
  for (const name of ['elsewhere/x.nii.gz', 'y.nii.gz']) write(name);
  write('elsewhere/label.nii.gz', { type: 'uint8' });
  const dataset = {
    z: { images: ['$HERE/elsewhere/x.nii.gz', './y.nii.gz'], label: ['$', '{HERE}/elsewhere/label.nii.gz'].join('') },
    a: { images: ['$NOWHERE/x.nii.gz', 'y.nii.gz'], label: 'elsewhere/label.nii.gz' },
  };
  describeDataset({ dataset });
  for (const name of ['imagesTr', 'labelsTr']) rmSync(join(folder, name), { recursive: true });
  const { faults, cases } = await verifyDatasetV2({ folder, variables: { HERE: folder } });
  expect(cases.map(({ id }) => id)).toEqual(['z', 'a']);
  expect(cases[0]!.labels).toBe(join(folder, 'elsewhere/label.nii.gz'));
  expect(faults).toMatchObject([{ severity: 'error', file: '$NOWHERE/x.nii.gz', what: 'image missing' }]);
  expect(await rawCasesV2(folder, { files: new Map(), fileEnding: '.nii.gz' })).toEqual([]);
});
