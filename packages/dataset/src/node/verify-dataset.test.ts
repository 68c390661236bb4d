import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type NiftiFile, writeNiftiFile } from '../../test/nifti-file.ts';
import { assertIntact, type DatasetFault } from '../faults.ts';
import { verifyDataset } from './verify-dataset.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  makeDataset();
});

const size = [4, 3, 2];
const gray = Array.from({ length: 24 }, (_, i) => i);
const label = Array.from({ length: 24 }, (_, i) => i % 3);
const write = (file: string, nifti: Partial<NiftiFile> = {}) =>
  writeNiftiFile(join(folder, file), {
    size,
    voxels: file.startsWith('labels') ? label : gray,
    spacing: [1, 1, 2],
    ...nifti,
  });
const remove = (file: string) => rmSync(join(folder, file), { recursive: true });

/** Three training cases of two modalities and one test case, without a fault. */
function makeDataset(): void {
  for (const id of ['a', 'b', 'c']) {
    for (const m of [0, 1]) write(`imagesTr/${id}_000${m}.nii.gz`);
    write(`labelsTr/${id}.nii.gz`, { type: 'uint8' });
  }
  for (const m of [0, 1]) write(`imagesTs/t_000${m}.nii.gz`);
  describeDataset({});
}

function describeDataset(change: object): void {
  const dataset = {
    modality: { 0: 'T1', 1: 'T2' },
    labels: { 0: 'background', 1: 'x', 2: 'y' },
    training: ['a', 'b', 'c'].map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` })),
    test: ['./imagesTs/t.nii.gz'],
    ...change,
  };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(dataset));
}

const short = (faults: DatasetFault[]) => faults.map((f) => [f.severity, f.file, f.what]);
const verify = (level: 'quick' | 'full' = 'full') => verifyDataset({ taskFolder: folder, level });

describe('verifyDataset', () => {
  it('knows regions and voxels without annotation, which need not occur', async () => {
    describeDataset({ labels: { background: 0, all: [1, 2], y: 2, ignore: 3 }, regions_class_order: [1, 2] });
    expect((await verify()).faults).toEqual([]);
    write('labelsTr/a.nii.gz', { type: 'uint8', voxels: label.map((value) => (value === 0 ? 3 : value)) });
    expect((await verify()).faults).toEqual([]);
    describeDataset({ labels: { background: 0, all: [1, 2], y: 2 }, regions_class_order: [1, 7] });
    expect(short((await verify()).faults)).toEqual([
      ['error', 'dataset.json', 'regions write labels that do not exist'],
      ['error', 'labelsTr/a.nii.gz', expect.anything()],
    ]);
    describeDataset({ labels: { 0: 'background', 1: 'ignore', 2: 'y' } });
    const [fault] = (await verify()).faults;
    expect(fault!.found).toBe('the label "ignore" must have the value 3, one above all others');
  });

  it.each(['quick', 'full'] as const)('finds nothing wrong in an intact data set (%s)', async (level) => {
    const progress: string[] = [];
    const report = await verifyDataset({
      taskFolder: folder,
      level,
      onProgress: ({ done, total, file }) => progress.push(`${done}/${total} ${file}`),
    });
    expect(report).toMatchObject({ faults: [], trainingCases: 3, testCases: 1, files: 11 });
    const files = ['a', 'b', 'c'].flatMap((id) => [`labelsTr/${id}`, `imagesTr/${id}_0000`, `imagesTr/${id}_0001`]);
    const all = [...files, 'imagesTs/t_0000', 'imagesTs/t_0001'];
    expect(progress).toEqual(all.map((file, i) => `${i}/11 ${file}.nii.gz`));
    assertIntact(report.faults);
  });

  it('takes a missing test list, and then leaves imagesTs alone', async () => {
    describeDataset({ test: undefined });
    expect((await verify()).faults).toEqual([]);
    remove('imagesTs');
    expect((await verify()).faults).toEqual([]);
    describeDataset({ test: undefined, training: [] });
    expect(short((await verify('quick')).faults)).toContainEqual(['error', 'dataset.json', 'no training cases']);
  });

  it('lists every fault of every file in one pass', async () => {
    remove('labelsTr/a.nii.gz');
    remove('imagesTr/b_0001.nii.gz');
    remove('imagesTs/t_0001.nii.gz');
    write('imagesTr/d_0000.nii.gz');
    write('labelsTr/d.nii.gz');
    write('imagesTs/u_0000.nii.gz');
    writeFileSync(join(folder, 'labelsTr/._a.nii.gz'), '');
    write('imagesTr/c_0000.nii.gz', { voxels: gray.map((v) => (v % 7 === 3 ? Number.NaN : v)) });
    write('labelsTr/c.nii.gz', { voxels: label.map((v) => (v === 2 ? 7 : v)) });
    describeDataset({ labels: { 0: 'background', 1: 'x', 3: 'y' } });
    const { faults } = await verify();
    expect(short(faults)).toEqual([
      ['error', 'dataset.json', 'labels are not consecutive'],
      ['error', 'labelsTr/a.nii.gz', 'label map missing'],
      ['error', 'imagesTr/b_0001.nii.gz', 'image missing'],
      ['error', 'imagesTs/t_0001.nii.gz', 'image missing'],
      ['error', 'imagesTr/d_0000.nii.gz', 'file not listed in dataset.json'],
      ['warning', 'labelsTr/._a.nii.gz', 'hidden file'],
      ['error', 'labelsTr/d.nii.gz', 'file not listed in dataset.json'],
      ['error', 'imagesTs/u_0000.nii.gz', 'file not listed in dataset.json'],
      ['error', 'labelsTr/b.nii.gz', 'undeclared label values'],
      ['error', 'labelsTr/c.nii.gz', 'undeclared label values'],
      ['error', 'imagesTr/c_0000.nii.gz', 'NaN or infinite values in the image'],
    ]);
    expect(faults.at(-2)).toMatchObject({ expected: 'only 0, 1, 3', found: '7 (8 voxels)' });
    expect(faults[2]).toMatchObject({
      expected: 'modality 1 (T2) of case b',
      remedy: 'Add the file, or remove the case from dataset.json.',
    });
    expect(faults.at(-1)!.found).toBe('3 voxels that are not finite');
    expect(() => assertIntact(faults, folder)).toThrow(
      /10 errors[\s\S]*NaN or infinite values in the image[\s\S]*1 warning/,
    );
  });

  // 4 x 3 x 2 voxels of 1 x 1 x 2 mm: 3 steps along x, 1 along z
  it('names what of the geometry differs, and how far voxels lie apart', async () => {
    write('imagesTr/a_0000.nii.gz', { spacing: [1, 1, 2.5], origin: [0, 3, 0] });
    write('imagesTr/a_0001.nii.gz', { spacing: [1, 1, 2.003] });
    write('imagesTr/c_0000.nii.gz', { origin: [0.3, 0, 0] });
    write('imagesTr/c_0001.nii.gz', { spacing: [1.003, 1, 2], origin: [0.002, 0, 0] });
    write('labelsTr/b.nii.gz', { size: [4, 2, 3] });
    write('imagesTs/t_0001.nii.gz', { size: [4, 3, 1], voxels: gray.slice(0, 12) });
    const { faults } = await verify('quick');
    expect(short(faults)).toEqual([
      ['error', 'imagesTr/a_0000.nii.gz', 'origin, spacing differ from labelsTr/a.nii.gz'],
      ['error', 'imagesTr/b_0000.nii.gz', 'size differs from labelsTr/b.nii.gz'],
      ['error', 'imagesTr/b_0001.nii.gz', 'size differs from labelsTr/b.nii.gz'],
      ['warning', 'imagesTr/c_0000.nii.gz', 'origin differs from labelsTr/c.nii.gz'],
      ['warning', 'imagesTr/c_0001.nii.gz', 'origin, spacing differ from labelsTr/c.nii.gz'],
      ['error', 'imagesTs/t_0001.nii.gz', 'size differs from imagesTs/t_0000.nii.gz'],
      ['note', 'imagesTr/a_0001.nii.gz', 'geometry differs slightly from labelsTr/a.nii.gz'],
    ]);
    expect(faults[0]).toMatchObject({
      expected: '[0, 0, 0] mm (x, y, z); [2, 1, 1] mm (z, y, x)',
      found: '[0, -3, 0] mm (x, y, z); [2.5, 1, 1] mm (z, y, x); voxels lie up to 3.04 mm (3.04 voxels) apart',
    });
    expect(faults[1]).toMatchObject({ expected: '[3, 2, 4] voxels (z, y, x)', found: '[2, 3, 4] voxels (z, y, x)' });
    expect(faults[3]!.remedy).toContain('nnUNet_repair_dataset makes a corrected copy');
    // x grows from -0.002 to 3 * 0.003 - 0.002 = 0.007 in RAS, the other way round in LPS
    expect(faults[4]!.found).toContain('up to 0.011 mm (0.011 voxels) apart');
    expect(faults.at(-1)!.found).toBe('voxels lie up to 0.003 mm (0.003 voxels) apart');
    expect(() => assertIntact(faults)).toThrow(/4 errors[\s\S]*2 warnings[\s\S]*1 note/);
  });

  it('says once that files lie less than 0.01 voxels apart, and has the stricter rule of v1', async () => {
    write('imagesTr/a_0000.nii.gz', { origin: [0, 0.001, 0] });
    write('imagesTr/b_0000.nii.gz', { origin: [0, 0.009, 0] });
    const { faults } = await verify('quick');
    expect(short(faults)).toEqual([
      ['note', 'imagesTr/b_0000.nii.gz', 'geometry differs slightly from labelsTr/b.nii.gz'],
    ]);
    expect(faults[0]!.found).toContain('0.009 voxels) apart, the furthest of 2 files');
    assertIntact(faults);
    const strict = await verifyDataset({ taskFolder: folder, level: 'quick', strictGeometry: true });
    expect(short(strict.faults)).toEqual([
      ['error', 'imagesTr/a_0000.nii.gz', 'origin differs from labelsTr/a.nii.gz'],
      ['error', 'imagesTr/b_0000.nii.gz', 'origin differs from labelsTr/b.nii.gz'],
    ]);
  });

  it('names a file that is there instead of one that is missing', async () => {
    const rename = (from: string, to: string) => renameSync(join(folder, from), join(folder, to));
    rename('imagesTr/a_0000.nii.gz', 'imagesTr/A_0000.NII.GZ');
    rename('imagesTr/b_0001.nii.gz', 'imagesTr/b_0001.nii');
    rename('labelsTr/c.nii.gz', 'labelsTr/c.nrrd');
    const { faults } = await verify('quick');
    const missing = faults.filter(({ found }) => /\.(NII\.GZ|nii|nrrd),/.test(found));
    expect(missing.map(({ file, found }) => [file, found])).toEqual([
      ['imagesTr/a_0000.nii.gz', 'A_0000.NII.GZ, spelled differently'],
      ['imagesTr/b_0001.nii.gz', 'b_0001.nii, which is not supported here'],
      ['labelsTr/c.nii.gz', 'c.nrrd, which is not supported here'],
    ]);
    expect(missing[0]!.remedy).toBe('Rename it to a_0000.nii.gz.');
    expect(missing[1]!.remedy).toContain('nnUNet_import_images');
  });

  it('warns of a case that is oriented otherwise', async () => {
    for (const file of ['imagesTr/b_0000.nii.gz', 'imagesTr/b_0001.nii.gz', 'labelsTr/b.nii.gz']) {
      write(file, { signs: [-1, 1, 1] });
    }
    const { faults } = await verify();
    expect(short(faults)).toEqual([['warning', 'imagesTr/b_0000.nii.gz', 'orientation differs from most images']]);
    expect(faults[0]).toMatchObject({
      expected: 'RAS, as 4 images',
      found: expect.stringMatching(/^LAS, as 2 images/),
    });
    assertIntact(faults);
  });

  it('names files that cannot be read to their end, and goes on', async () => {
    const bytes = readFileSync(join(folder, 'imagesTr/a_0000.nii.gz'));
    writeFileSync(join(folder, 'imagesTr/a_0000.nii.gz'), bytes.subarray(0, bytes.length - 20));
    writeFileSync(join(folder, 'imagesTr/b_0000.nii.gz'), 'not an image');
    writeFileSync(join(folder, 'labelsTr/c.nii.gz'), '');
    write('imagesTr/c_0001.nii.gz', { size: [4, 3, 1, 2] });
    const { faults } = await verify();
    expect(short(faults)).toEqual([
      ['error', 'imagesTr/a_0000.nii.gz', 'cannot be read'],
      ['error', 'imagesTr/b_0000.nii.gz', 'cannot be read'],
      ['error', 'labelsTr/c.nii.gz', 'cannot be read'],
      ['error', 'imagesTr/c_0001.nii.gz', 'cannot be read'],
    ]);
    for (const fault of faults) {
      expect(fault.found).not.toContain(folder);
      expect(fault.found.length).toBeGreaterThan(10);
    }
  });

  it('finds empty cases, infinite values and labels that are not integers', async () => {
    write('imagesTr/a_0000.nii.gz', { voxels: new Array(24).fill(0) });
    write('imagesTr/a_0001.nii.gz', { voxels: new Array(24).fill(0) });
    write('imagesTr/b_0000.nii.gz', { voxels: gray.map((v) => (v === 5 ? Number.POSITIVE_INFINITY : v)) });
    write('labelsTr/c.nii.gz', { voxels: label.map((v, i) => (i === 0 ? 0.5 : i === 1 ? Number.NaN : v)) });
    write('labelsTr/b.nii.gz', { voxels: label }); // 1.0 is 1
    expect((await verify()).faults.map((f) => [f.file, f.what, f.found])).toEqual([
      ['imagesTr/a_0000.nii.gz', 'the case is empty', '2 images of zeros'],
      ['imagesTr/b_0000.nii.gz', 'NaN or infinite values in the image', '1 voxel that is not finite'],
      ['labelsTr/c.nii.gz', 'NaN in the label map', '1 NaN voxel'],
      ['labelsTr/c.nii.gz', 'undeclared label values', '0.5 (1 voxel)'],
    ]);
  });

  it('tells an empty image from one that is not all there is, and looks at voxels in the full check alone', async () => {
    const zeros = { voxels: new Array(24).fill(0) };
    describeDataset({ modality: { 0: 'T1' }, test: undefined });
    for (const id of ['a', 'b', 'c']) remove(`imagesTr/${id}_0001.nii.gz`);
    write('imagesTr/a_0000.nii.gz', zeros);
    expect((await verify('quick')).faults).toEqual([]);
    expect((await verify()).faults).toMatchObject([{ what: 'the case is empty', found: 'an image of zeros' }]);
    makeDataset();
    write('imagesTr/a_0000.nii.gz', zeros);
    write('imagesTr/b_0001.nii.gz', zeros);
    expect((await verify()).faults).toEqual([]);
    // What cannot be read may hold something.
    writeFileSync(join(folder, 'imagesTr/a_0001.nii.gz'), 'no image');
    remove('imagesTr/b_0000.nii.gz');
    expect(short((await verify()).faults).map(([, file, what]) => [file, what])).toEqual([
      ['imagesTr/b_0000.nii.gz', 'image missing'],
      ['imagesTr/a_0001.nii.gz', 'cannot be read'],
    ]);
  });

  it('compares images with each other where there is no label map', async () => {
    writeFileSync(join(folder, 'labelsTr/a.nii.gz'), 'no image');
    write('imagesTr/a_0001.nii.gz', { origin: [0.3, 0, 0] });
    expect(short((await verify('quick')).faults)).toEqual([
      ['error', 'labelsTr/a.nii.gz', 'cannot be read'],
      ['warning', 'imagesTr/a_0001.nii.gz', 'origin differs from imagesTr/a_0000.nii.gz'],
    ]);
  });

  it('compares the orientation of training images alone', async () => {
    for (const m of [0, 1]) write(`imagesTs/t_000${m}.nii.gz`, { signs: [-1, 1, 1] });
    expect((await verify()).faults).toEqual([]);
  });

  it('counts voxels that are NaN, and those rounded', async () => {
    write('labelsTr/a.nii.gz', { voxels: label.map((v, i) => (i < 2 ? Number.NaN : v)) });
    write('labelsTr/b.nii.gz', { voxels: label.map((v, i) => (i === 1 ? v * 0.9999 : v)) });
    write('imagesTr/c_0000.nii.gz', { voxels: gray.map((v) => (v < 2 ? Number.NaN : v)) });
    expect((await verify()).faults.map(({ found }) => found)).toEqual([
      '2 NaN voxels',
      '1 voxel within 0.01 of an integer',
      '2 voxels that are not finite',
    ]);
  });

  it('tells of labels that occur nowhere, in the quick check too', async () => {
    for (const level of ['quick', 'full'] as const) {
      describeDataset({ labels: { 0: 'background', 1: 'x', 2: 'y', 3: 'nowhere' } });
      for (const id of ['a', 'b', 'c']) write(`labelsTr/${id}.nii.gz`, { voxels: label });
      const [rare, ...none] = (await verify(level)).faults;
      expect(none).toEqual([]);
      expect(rare).toMatchObject({ severity: 'warning', what: 'declared label that never occurs' });
      expect(rare).toMatchObject({ expected: 'voxels of label 3 (nowhere)', found: 'none in all 3 label maps' });
      for (const id of ['a', 'b', 'c']) write(`labelsTr/${id}.nii.gz`, { voxels: label.map(() => 0) });
      expect(short((await verify(level)).faults)).toEqual([['error', 'labelsTr/', 'no foreground in any label map']]);
      // unknown is not nowhere
      remove('labelsTr/c.nii.gz');
      expect(short((await verify(level)).faults)).toEqual([['error', 'labelsTr/c.nii.gz', 'label map missing']]);
    }
  });

  it('reads label maps only until every label was found in the quick check', async () => {
    write('labelsTr/c.nii.gz', { voxels: label.map((v) => (v === 2 ? 7 : v)) });
    expect((await verify('quick')).faults).toEqual([]);
    describeDataset({ labels: { 0: 'background', 1: 'x', 2: 'y', 3: 'nowhere' } });
    expect(short((await verify('quick')).faults)).toContainEqual([
      'error',
      'labelsTr/c.nii.gz',
      'undeclared label values',
    ]);
  });

  it('warns of labels that are not integers', async () => {
    write('labelsTr/a.nii.gz', { voxels: label.map((v) => v * 0.9999) });
    const { faults } = await verify();
    expect(short(faults)).toEqual([['warning', 'labelsTr/a.nii.gz', 'labels that are not integers']]);
  });

  it('finds repeated and misnamed entries', async () => {
    const entry = (id: string, labelId = id) => ({
      image: `./imagesTr/${id}.nii.gz`,
      label: `./labelsTr/${labelId}.nii.gz`,
    });
    describeDataset({ training: [entry('a'), entry('b', 'a'), entry('a'), entry('c')] });
    const { faults } = await verify('quick');
    expect(short(faults)).toEqual([
      ['error', 'dataset.json', 'label map and image have different names'],
      ['error', 'dataset.json', 'case listed more than once'],
    ]);
    expect(faults[0]).toMatchObject({
      expected: '"label": "./labelsTr/b.nii.gz"',
      found: '"./labelsTr/a.nii.gz"',
    });
    describeDataset({ training: [entry('a_0000')] });
    const missing = (await verify('quick')).faults.find((f) => f.file === 'imagesTr/a_0000_0000.nii.gz');
    expect(missing!.remedy).toContain('do not contain _0000');
  });

  it('warns of labels of one name, of wrong counts, and of names that differ in case alone', async () => {
    describeDataset({
      labels: { 0: 'background', 1: 'liver', 2: 'liver' },
      numTraining: 7,
      numTest: 0,
      training: ['a', 'A'].map((id) => ({ image: `imagesTr/${id}.nii.gz`, label: `labelsTr/${id}.nii.gz` })),
    });
    const { faults } = await verify('quick');
    const warnings = faults.filter(({ severity, file }) => severity === 'warning' && file === 'dataset.json');
    expect(warnings.map(({ what, expected, found }) => [what, expected, found])).toEqual([
      ['labels with the same name', 'a unique name for each label', '"liver": 1, 2'],
      ['cases whose names differ only in upper and lower case', 'names that are distinct on every disk', 'a and A'],
      ['numTraining is not the number of entries in "training"', '7', '2'],
      ['numTest is not the number of entries in "test"', '0', '1'],
    ]);
  });

  it('warns of a spacing of 0', async () => {
    const path = join(folder, 'imagesTr/a_0000.nii.gz');
    const bytes = gunzipSync(readFileSync(path));
    bytes.writeFloatLE(0, 80);
    writeFileSync(path, gzipSync(bytes));
    const fault = (await verify('quick')).faults.find(({ file }) => file === 'imagesTr/a_0000.nii.gz');
    expect(fault).toMatchObject({ severity: 'warning', found: 'a spacing of 0 along x, read as 1' });
  });

  it('reports missing folders and a dataset.json that cannot be used', async () => {
    remove('labelsTr');
    remove('imagesTs');
    expect(short((await verify()).faults)).toEqual([
      ['error', 'labelsTr/', 'folder missing'],
      ['error', 'imagesTs/', 'folder missing'],
    ]);
    describeDataset({ labels: undefined });
    const broken = await verify();
    expect(broken.dataset).toBeNull();
    expect(broken.faults[0]).toMatchObject({ what: 'cannot be used', found: expect.stringContaining('key "labels"') });
    writeFileSync(join(folder, 'dataset.json'), '{"labels": {},}');
    const [spoilt] = (await verify()).faults;
    expect(spoilt!.found).toMatch(/^not valid JSON at line 1, column 15: .* expected, found "}"$/);
    expect(spoilt!.remedy).toMatch(/^Correct the file in a text editor, .* nnUNet_generate_dataset_json/);
    remove('dataset.json');
    expect(short((await verify()).faults)).toEqual([['error', 'dataset.json', 'file missing']]);
    remove('');
    expect((await verify()).faults[0]!.found).toBe(`no folder ${folder}`);
  });

  it('stops when asked to', async () => {
    const never = { taskFolder: join(folder, 'none'), signal: AbortSignal.abort() };
    await expect(verifyDataset(never)).rejects.toMatchObject({ name: 'AbortError' });
    const stop = new AbortController();
    const run = verifyDataset({ taskFolder: folder, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });
});

const shared = new URL('../../../../../shared/data/', import.meta.url).pathname;
describe.skipIf(!existsSync(shared))('real data sets (skipped without ../shared/data)', () => {
  // Their cases are identity, flipped, permuted and oblique by recipe.
  it.each([
    ['Task101_Aniso', 12, ['RAS', 'LAI', 'PSL']],
    ['Task102_TwoMod', 8, ['RAS']],
    ['Task103_CT', 8, ['RAS', 'LAI']],
  ])('%s is intact; other orientations are warnings', async (task, cases, orientations) => {
    const { faults, trainingCases } = await verifyDataset({ taskFolder: join(shared, task) });
    expect(trainingCases).toBe(cases);
    expect(faults.map((fault) => [fault.severity, fault.found.slice(0, 3)])).toEqual(
      orientations.map((codes) => ['warning', codes]),
    );
  });
});
