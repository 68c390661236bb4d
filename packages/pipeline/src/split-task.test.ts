import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSplits } from '@nnunet/dataset';
import { imageFormats } from '@nnunet/formats/node';
import { resolveRoots } from '@nnunet/schema';
import { readSplits, writeSplits } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import { beforeEach, expect, it, vi } from 'vitest';
import { listener } from './small-task.fixture.ts';
import { checkTaskSplits, type SplitTaskOptions, splitTask } from './split-task.ts';

vi.mock('@nnunet/dataset', async (original) => {
  const real = await original<typeof import('@nnunet/dataset')>();
  return { ...real, makeSplits: vi.fn(real.makeSplits) };
});

const IDS = ['a_1', 'a_2', 'b_1', 'b_2', 'c_1', 'c_2'];
const grid = {
  shape: [1, 1, 4],
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;
let folder: string;
let file: string;
let table: string;
let options: SplitTaskOptions;
let reporter: ReturnType<typeof listener>;

beforeEach(() => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  folder = join(roots.preprocessed!, 'Task007_Made');
  file = join(folder, 'splits_final.json');
  table = join(root, 'cases.csv');
  mkdirSync(join(folder, 'gt_segmentations'), { recursive: true });
  const training = [...IDS]
    .reverse()
    .map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` }));
  const dataset = { modality: { 0: 'MRI' }, labels: { 0: 'background' }, training };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(dataset));
  const rows = IDS.map((id, i) => `${i},${id},${id[0]},${i % 2 ? 'odd' : 'even'}`);
  writeFileSync(table, `number,case,patient,side\n${rows.join('\n')}\n`);
  reporter = listener();
  options = { roots, task: '7', folds: 3, seed: 5, overwrite: false, reporter };
  vi.mocked(makeSplits).mockClear();
});

const split = (more: Partial<SplitTaskOptions> = {}) => splitTask({ ...options, overwrite: true, ...more });
const check = (more: object = {}) =>
  checkTaskSplits({ roots: options.roots, task: '7', reporter: listener(), ...more });
/** Cases, and groups and strata of them, that the folds were made of. */
const madeOf = () => {
  const [cases, { groupOf, strataOf, ...rest }] = vi.mocked(makeSplits).mock.lastCall!;
  return {
    cases,
    rest,
    groups: groupOf && Object.fromEntries(groupOf),
    strata: strataOf && Object.fromEntries(strataOf),
  };
};

it('writes the folds of the cases, and replaces none unless asked to', async () => {
  expect(await splitTask(options)).toEqual({ file, validationCases: [2, 2, 2] });
  expect(madeOf()).toEqual({ cases: IDS, rest: { folds: 3, seed: 5 }, groups: undefined, strata: undefined });
  expect((await readSplits(file)).map(({ val }) => val.length)).toEqual([2, 2, 2]);
  const before = readFileSync(file, 'utf8');
  await expect(splitTask({ ...options, folds: 2 })).rejects.toMatchObject({ tag: 'exists', where: file });
  expect(readFileSync(file, 'utf8')).toBe(before);
  await split({ folds: 2 });
  expect(await readSplits(file)).toHaveLength(2);
  expect(await check()).toMatch(/No faults/);
});

it('groups cases by what an expression finds in their ids, or by a column', async () => {
  const groups = { a_1: 'a', a_2: 'a', b_1: 'b', b_2: 'b', c_1: 'c', c_2: 'c' };
  for (const more of [
    { groupPattern: '^(.)_' },
    { groupPattern: '^.' },
    { table, caseColumn: 'case', groupColumn: 'patient' },
  ]) {
    await split(more);
    expect(madeOf()).toMatchObject({ groups, strata: undefined });
    expect(await check(more)).toMatch(/No faults/);
  }
  // The first column has the cases where none is named.
  await expect(split({ table, groupColumn: 'patient' })).rejects.toThrow(/6 of 6 cases/);
});

it('spreads the values of a column, and the labels that occur', async () => {
  const named = { table, caseColumn: 'case', stratifyColumn: 'side' };
  await split(named);
  expect(madeOf().strata).toMatchObject({ a_1: ['value even'], a_2: ['value odd'] });
  for (const [i, id] of IDS.entries())
    await writeLabels(join(folder, 'gt_segmentations', `${id}.nii.gz`), Uint8Array.of(0, i, i, 2), grid);
  await split({ stratifyLabels: true });
  expect(madeOf().strata).toMatchObject({ a_1: ['label 2'], a_2: ['label 1', 'label 2'], b_1: ['label 2'] });
  expect(reporter.progressed[0]).toEqual({ what: 'reading labels', done: 1, total: 6, note: 'a_1' });
  expect(reporter.progressed.at(-1)).toMatchObject({ done: 6, note: 'c_2' });
  await split({ ...named, stratifyLabels: true });
  expect(madeOf().strata).toMatchObject({ a_2: ['value odd', 'label 1', 'label 2'] });
  const stopped = split({ stratifyLabels: true, signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
});

it('finds cases that leak, with groups those of a group too', async () => {
  await writeSplits(file, [
    { train: IDS.slice(1), val: ['a_1'] },
    { train: ['a_1'], val: IDS.slice(1) },
  ]);
  expect(await check()).toMatch(/No faults/);
  await expect(check({ groupPattern: '^.' })).rejects.toMatchObject({ tag: 'splits-leak', where: file });
  await writeSplits(file, [{ train: IDS.slice(1), val: ['a_1'] }]);
  // Cases that no fold validates are told, and no error.
  expect(await check()).toMatch(/a_2/);
});

it('refuses what does not go together', async () => {
  const refused = (more: Partial<SplitTaskOptions>) => expect(split(more)).rejects;
  await refused({ groupPattern: '^.', groupColumn: 'patient', table }).toThrow(/groups were given twice/);
  for (const column of ['groupColumn', 'stratifyColumn', 'caseColumn'])
    await refused({ [column]: 'patient' }).toThrow(/the column "patient" was given without a table/);
  await refused({ groupPattern: '(' }).toThrow(/`groupPattern`: .*Unterminated group/);
  await refused({ groupPattern: '^b' }).toThrow(/matches nothing in 4 of 6 case ids: a_1, a_2, c_1, c_2/);
  await refused({ groupPattern: '^(a|b|c_1)' }).toThrow(/matches nothing in 1 of 6 case ids: c_2/);
  mkdirSync(join(folder, '../Task008_Raw'));
  const raw = join(options.roots.rawBase!, 'nnUNet_raw_data/Task008_Raw');
  const where = `${join(folder, '../Task008_Raw')}, ${raw}`;
  await refused({ task: '8' }).toMatchObject({ tag: 'missing-file', where });
});

it('divides a task that is not preprocessed yet, by its raw labels too', async () => {
  const raw = join(options.roots.rawBase!, 'nnUNet_raw_data/Task007_Made');
  mkdirSync(join(raw, '..'), { recursive: true });
  renameSync(folder, raw);
  renameSync(join(raw, 'gt_segmentations'), join(raw, 'labelsTr'));
  for (const id of IDS) await writeLabels(join(raw, 'labelsTr', `${id}.nii.gz`), Uint8Array.of(0, 1, 1, 2), grid);
  expect(await splitTask({ ...options, stratifyLabels: true })).toEqual({ file, validationCases: [2, 2, 2] });
  expect(madeOf()).toMatchObject({ cases: IDS, strata: { a_1: ['label 1', 'label 2'] } });
  expect(await check()).toMatch(/No faults/);
});

it('divides a dataset of v2 by its raw labels, wherever they lie and in whatever format', async () => {
  const { roots } = options;
  const raw = join(roots.rawDatasets!, 'Dataset008_Made');
  mkdirSync(join(raw, 'elsewhere'), { recursive: true });
  const [ending, formats] = ['.nrrd', shippedFormats.with(...imageFormats)];
  const dataset = { channel_names: { 0: 'MRI' }, labels: { background: 0, one: 1, ignore: 2 }, numTraining: 6 };
  const entries = IDS.map((id) => [id, { images: [`images/${id}`], label: `$PLACE/${id}${ending}` }]);
  const described = { ...dataset, file_ending: ending, dataset: Object.fromEntries(entries) };
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify(described));
  for (const [i, id] of IDS.entries())
    await writeVolume(join(raw, 'elsewhere', id + ending), { ...grid, data: Uint8Array.of(0, i % 2, 0, 2) }, formats);
  const made = { ...options, task: '8', variables: { PLACE: 'elsewhere' }, stratifyLabels: true };
  const written = join(roots.preprocessed!, 'Dataset008_Made/splits_final.json');
  expect(await splitTask(made)).toEqual({ file: written, validationCases: [2, 2, 2] });
  expect(madeOf()).toMatchObject({ cases: IDS, strata: { a_1: ['label 2'], a_2: ['label 1', 'label 2'] } });
  expect(await check({ task: 'Dataset008_Made', groupPattern: '^..\\d' })).toMatch(/No faults/);
});
