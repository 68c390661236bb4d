import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { type NiftiFile, writeNiftiFile } from '../../test/nifti-file.ts';
import { type RepairOptions, repairDataset } from './repair-dataset.ts';
import { verifyDataset } from './verify-dataset.ts';

let root: string;
let task: string;
let copy: string;
beforeEach(() => {
  root = temporaryFolder();
  task = join(root, 'Task001_Sick');
  copy = join(root, 'Task002_Sick');
  for (const id of ['a', 'b']) {
    for (const m of [0, 1]) write(`imagesTr/${id}_000${m}.nii.gz`);
    write(`labelsTr/${id}.nii.gz`, { type: 'uint8', voxels: label });
  }
  describeDataset({ 0: 'background', 1: 'x', 2: 'y' });
});

const gray = Array.from({ length: 24 }, (_, i) => i);
const label = gray.map((v) => v % 3);
const write = (file: string, nifti: Partial<NiftiFile> = {}) =>
  writeNiftiFile(join(task, file), { size: [4, 3, 2], voxels: gray, spacing: [1, 1, 2], ...nifti });

function describeDataset(labels: Record<string, string>): void {
  const training = ['a', 'b'].map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` }));
  const content = { name: 'Sick', modality: { 0: 'T1', 1: 'T2' }, labels, training, test: [] };
  writeFileSync(join(task, 'dataset.json'), JSON.stringify(content));
}

const repair = (options: Partial<RepairOptions> = {}) =>
  repairDataset({ taskFolder: task, outputFolder: copy, ...options });
const errorsOf = async (folder: string) => (await verifyDataset({ taskFolder: folder })).faults;
const bytesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('.'))
    .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);

it('copies an intact task byte by byte', async () => {
  expect(await repair()).toEqual([]);
  const files = (folder: string) => bytesOf(folder).filter(([name]) => name !== 'dataset.json');
  expect(files(copy)).toEqual(files(task));
  expect(await errorsOf(copy)).toEqual([]);
});

it('takes over a geometry that is nearly right, and another one only when told to', async () => {
  write('labelsTr/a.nii.gz', { type: 'uint8', voxels: label, spacing: [1.1, 1, 2] });
  write('imagesTr/b_0001.nii.gz', { spacing: [1.5, 1, 2] });
  const before = bytesOf(task);
  const faults = await errorsOf(task);
  expect(faults.map(({ file, shift }) => [file, shift?.mm.toFixed(4)])).toEqual([
    ['imagesTr/a_0000.nii.gz', '0.3000'],
    ['imagesTr/a_0001.nii.gz', '0.3000'],
    ['imagesTr/b_0001.nii.gz', '1.5000'],
  ]);
  expect(faults[0]!.found).toContain('voxels lie up to 0.3 mm (0.3 voxels) apart');

  expect((await repair()).map(({ file }) => file)).toEqual(['labelsTr/a.nii.gz']);
  expect((await errorsOf(copy)).map(({ file }) => file)).toEqual(['imagesTr/b_0001.nii.gz']);
  const corrected = await readLabels(join(copy, 'labelsTr/a.nii.gz'));
  expect([...corrected.data]).toEqual(label);
  expect(corrected.spacing).toEqual([2, 1, 1]);

  rmSync(copy, { recursive: true });
  expect(await repair({ copyGeometry: true })).toHaveLength(2);
  expect(await errorsOf(copy)).toEqual([]);
  expect([...(await readVolume(join(copy, 'imagesTr/b_0001.nii.gz'))).data]).toEqual(gray);
  expect(bytesOf(task)).toEqual(before);
});

it('renumbers labels in the maps and in dataset.json', async () => {
  describeDataset({ 0: 'background', 2: 'y', 7: 'z' });
  for (const id of ['a', 'b'])
    write(`labelsTr/${id}.nii.gz`, { type: 'uint8', voxels: label.map((v) => [0, 2, 7][v]!) });
  write('labelsTs/t.nii.gz', { type: 'uint8', voxels: label.map((v) => [0, 2, 7][v]!) });
  const changes = await repair();
  expect(changes.at(-1)).toEqual({ file: 'dataset.json', what: 'labels renumbered: 2 is now 1, 7 is now 2' });
  expect(JSON.parse(readFileSync(join(copy, 'dataset.json'), 'utf8'))).toMatchObject({
    name: 'Sick',
    labels: { 0: 'background', 1: 'y', 2: 'z' },
  });
  for (const file of ['labelsTr/b.nii.gz', 'labelsTs/t.nii.gz'])
    expect([...(await readLabels(join(copy, file))).data]).toEqual(label);
  expect(await errorsOf(copy)).toEqual([]);
});

it('takes out cases that are listed twice, and says how many', async () => {
  const list = (...ids: string[]) =>
    ids.map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` }));
  const content = JSON.parse(readFileSync(join(task, 'dataset.json'), 'utf8'));
  for (const [ids, what] of [
    [['a', 'b', 'a'], '1 repeated case removed'],
    [['b', 'a', 'a', 'b'], '2 repeated cases removed'],
  ] as const) {
    writeFileSync(
      join(task, 'dataset.json'),
      JSON.stringify({ ...content, numTraining: ids.length, training: list(...ids) }),
    );
    expect(await repair()).toEqual([{ file: 'dataset.json', what }]);
    const repaired = JSON.parse(readFileSync(join(copy, 'dataset.json'), 'utf8'));
    expect(repaired).toMatchObject({ numTraining: 2, training: list(...new Set(ids)) });
    rmSync(copy, { recursive: true });
  }
});

it('does not renumber what is not declared, and leaves nothing behind', async () => {
  describeDataset({ 0: 'background', 3: 'y' });
  const error = await repair().catch((e) => e);
  expect(isNnUNetError(error, 'undeclared-labels')).toBe(true);
  expect(error.message).toMatch(/labelsTr\/a\.nii\.gz.*1 \(8 voxels\), 2 \(8 voxels\)/);
  expect(readdirSync(root)).toEqual(['Task001_Sick']);
});

it('sets what is not finite to 0 only when asked, and drops strange files', async () => {
  write('imagesTr/a_0000.nii.gz', {
    voxels: gray.map((v) => (v === 5 ? Number.NaN : v === 7 ? Number.POSITIVE_INFINITY : v)),
  });
  write('imagesTr/z_0000.nii.gz');
  expect(await repair()).toEqual([{ file: 'imagesTr/z_0000.nii.gz', what: 'not copied: no case uses it' }]);
  expect((await errorsOf(copy)).map(({ what }) => what)).toEqual(['NaN or infinite values in the image']);
  expect(readFileSync(join(copy, 'imagesTr/a_0000.nii.gz'))).toEqual(
    readFileSync(join(task, 'imagesTr/a_0000.nii.gz')),
  );
  rmSync(copy, { recursive: true });
  expect(await repair({ nanToZero: true })).toContainEqual({
    file: 'imagesTr/a_0000.nii.gz',
    what: '2 voxels that were NaN or infinite set to 0',
  });
  const repaired = await readVolume(join(copy, 'imagesTr/a_0000.nii.gz'));
  expect([...repaired.data.slice(4, 9)]).toEqual([4, 0, 6, 0, 8]);
  expect(repaired.notFinite).toBeUndefined();
  expect(await errorsOf(copy)).toEqual([]);
  expect(existsSync(join(copy, 'imagesTr/z_0000.nii.gz'))).toBe(false);
  expect(isNnUNetError(await repair().catch((e) => e), 'exists')).toBe(true);
});

it('sets axes at right angles that are nearly so', async () => {
  const sheared = [
    [1, 0.002, 0, 5],
    [0, 1, 0, 6],
    [0, 0, 2, 7],
  ];
  write('labelsTr/a.nii.gz', { type: 'uint8', voxels: label, srow: sheared });
  write('imagesTr/b_0000.nii.gz', { srow: sheared });
  const before = await verifyDataset({ taskFolder: task, level: 'quick' });
  expect(before.faults.filter(({ what }) => what === 'axes are not at right angles')).toMatchObject([
    { severity: 'warning', file: 'labelsTr/a.nii.gz', found: '0.11° off a right angle' },
    { severity: 'warning', file: 'imagesTr/b_0000.nii.gz' },
  ]);
  const changes = await repair({ copyGeometry: true });
  expect(changes).toContainEqual({
    file: 'imagesTr/b_0000.nii.gz',
    what: 'axes set to right angles; they were 0.11° off',
  });
  expect(await errorsOf(copy)).toEqual([]);
  const straight = await readVolume(join(copy, 'imagesTr/b_0000.nii.gz'));
  expect(straight.skewDegrees).toBeUndefined();
  expect([...straight.data]).toEqual(gray);
  expect(straight.origin).toEqual([-5, -6, 7]);
});

it('rounds labels that are not integers, and leaves others as they are', async () => {
  write('labelsTr/a.nii.gz', { voxels: label.map((v) => v * 0.9999) });
  write('labelsTr/b.nii.gz', { voxels: label.map((v) => v * 0.9) });
  const whole = label.filter((v) => v === 0).length;
  expect(await repair()).toEqual([
    { file: 'labelsTr/a.nii.gz', what: `${label.length - whole} labels rounded to integers` },
  ]);
  const map = await readLabels(join(copy, 'labelsTr/a.nii.gz'));
  expect([...map.data]).toEqual(label);
  expect(map.rounded).toBeUndefined();
  rmSync(copy, { recursive: true });
  write('labelsTr/a.nii.gz', { voxels: label.map((v, i) => (i === 1 ? v * 0.9999 : v)) });
  expect(await repair()).toEqual([{ file: 'labelsTr/a.nii.gz', what: '1 label rounded to integers' }]);
  expect(readFileSync(join(copy, 'labelsTr/b.nii.gz'))).toEqual(readFileSync(join(task, 'labelsTr/b.nii.gz')));
});

it('tells how far it is, file by file, and stops when asked, leaving nothing behind', async () => {
  write('labelsTs/t.nii.gz', { type: 'uint8', voxels: label });
  write('imagesTs/t_0000.nii.gz');
  const content = JSON.parse(readFileSync(join(task, 'dataset.json'), 'utf8'));
  writeFileSync(join(task, 'dataset.json'), JSON.stringify({ ...content, test: ['./imagesTs/t.nii.gz'] }));
  const told: string[] = [];
  await repair({ onProgress: ({ done, total, file }) => told.push(`${done}/${total} ${file}`) });
  expect(told.slice(0, 3)).toEqual([
    '0/9 imagesTr/a_0000.nii.gz',
    '1/9 imagesTr/a_0001.nii.gz',
    '2/9 labelsTr/a.nii.gz',
  ]);
  expect(told.slice(6)).toEqual(['6/9 imagesTs/t_0000.nii.gz', '7/9 labelsTs/t.nii.gz', '9/9 dataset.json']);
  for (const stopAt of [0, 4]) {
    rmSync(copy, { recursive: true, force: true });
    const stop = new AbortController();
    if (stopAt === 0) stop.abort();
    const onProgress = ({ done }: { done: number }) => done === stopAt && stop.abort();
    await expect(repair({ signal: stop.signal, onProgress })).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(root)).toEqual(['Task001_Sick']);
  }
});

it('takes over no geometry from further away than asked, and says what it does to single voxels and cases', async () => {
  // 0.3 mm, which is 0.3 voxels, along x
  write('labelsTr/a.nii.gz', { type: 'uint8', voxels: label, spacing: [1.1, 1, 2] });
  expect(await repair({ maxShift: 0.2 })).toEqual([]);
  rmSync(copy, { recursive: true });
  expect(await repair({ maxShift: 0.4 })).toEqual([
    { file: 'labelsTr/a.nii.gz', what: 'spacing copied from the first image, up to 0.3 mm (0.3 voxels) away' },
  ]);
  rmSync(copy, { recursive: true });
  write('labelsTr/a.nii.gz', { type: 'uint8', voxels: label });
  write('imagesTr/a_0001.nii.gz', { voxels: gray.map((v) => (v === 5 ? Number.NaN : v)) });
  expect(await repair({ nanToZero: true })).toEqual([
    { file: 'imagesTr/a_0001.nii.gz', what: '1 voxel that was NaN or infinite set to 0' },
  ]);
});

it('declares a background, and needs no label maps to be there', async () => {
  describeDataset({ 1: 'x', 2: 'y' });
  rmSync(join(task, 'labelsTr/b.nii.gz'));
  rmSync(join(task, 'imagesTr/a_0000.nii.gz'));
  expect(await repair()).toEqual([{ file: 'dataset.json', what: '0 declared as background' }]);
  const repaired = JSON.parse(readFileSync(join(copy, 'dataset.json'), 'utf8'));
  expect(repaired.labels).toEqual({ 0: 'background', 1: 'x', 2: 'y' });
  expect(repaired).not.toHaveProperty('numTraining');
  expect(readdirSync(copy).sort()).toEqual(['dataset.json', 'imagesTr', 'labelsTr']);
  expect(readdirSync(join(copy, 'imagesTr'))).toEqual(['a_0001.nii.gz', 'b_0000.nii.gz', 'b_0001.nii.gz']);
});
