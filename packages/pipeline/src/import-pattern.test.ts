import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { importImages } from './import-images.ts';
import { type ImportPatterns, tableOfCases } from './import-pattern.ts';

const dicom = fileURLToPath(new URL('../../formats/fixtures/dicom_ct/', import.meta.url));
const reporter = { message: () => undefined, warning: () => undefined, progress: () => undefined };
const geometry = {
  shape: [2, 3, 4],
  spacing: [3, 1, 1],
  origin: [1, 2, 3],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;

let input: string;
let output: string;
beforeEach(() => {
  const folder = temporaryFolder();
  input = join(folder, 'in');
  output = join(folder, 'out');
  mkdirSync(input);
});

async function put(name: string, value = 1): Promise<void> {
  mkdirSync(dirname(join(input, name)), { recursive: true });
  await writeVolume(join(input, name), { ...geometry, data: new Uint8Array(24).fill(value) });
}
const run = (patterns: ImportPatterns, more: object = {}) =>
  importImages({ input, output, labels: false, overwrite: false, reporter, patterns, ...more });
async function errorOf(patterns: ImportPatterns): Promise<{ tag: string; message: string }> {
  const error = await run(patterns).catch((e: unknown) => e);
  if (!isNnUNetError(error)) throw error;
  expect(existsSync(output)).toBe(false);
  return error;
}
const prostate = { images: ['{case}/adc.nii.gz', '{case}/dwi.nii.gz'], labels: '{case}/lesion.nii.gz' };

it('makes a task of one folder a patient, images and label maps told apart', async () => {
  for (const [i, id] of ['p1', 'p2'].entries()) {
    for (const [m, name] of ['adc', 'dwi', 'lesion', 't2'].entries()) await put(`${id}/${name}.nii.gz`, 10 * i + m);
  }
  const dry = await run(prostate, { dryRun: true });
  expect(dry.table.split('\n')).toEqual([
    'case  modality 0     modality 1     labels',
    'p1    p1/adc.nii.gz  p1/dwi.nii.gz  p1/lesion.nii.gz',
    'p2    p2/adc.nii.gz  p2/dwi.nii.gz  p2/lesion.nii.gz',
  ]);
  expect(existsSync(output)).toBe(false);
  expect(await run(prostate)).toMatchObject({ converted: 6, kept: 0 });
  expect(readdirSync(join(output, 'imagesTr')).sort()).toEqual(
    ['p1_0000', 'p1_0001', 'p2_0000', 'p2_0001'].map((name) => `${name}.nii.gz`),
  );
  expect(readdirSync(join(output, 'labelsTr')).sort()).toEqual(['p1.nii.gz', 'p2.nii.gz']);
  expect((await readVolume(join(output, 'imagesTr/p2_0001.nii.gz'))).data[0]).toBe(11);
  expect((await readLabels(join(output, 'labelsTr/p2.nii.gz'))).data[0]).toBe(12);
  expect(await run(prostate)).toMatchObject({ converted: 0, kept: 6 });
});

it('takes DICOM trees, wildcards, and the name of the case twice; without label maps, images for prediction', async () => {
  cpSync(dicom, join(input, 'site A/p1/2021/CT thorax'), { recursive: true });
  cpSync(dicom, join(input, 'p2/2020/CT abdomen'), { recursive: true });
  await put('p2/2020/notes.nii.gz');
  const { converted } = await run({ images: ['**/{case}/*/CT*/'] });
  expect(converted).toBe(2);
  expect(readdirSync(output).sort()).toEqual(['p1_0000.nii.gz', 'p2_0000.nii.gz']);
  const original = await readVolume(join(output, 'p1_0000.nii.gz'));
  expect(original.shape[0]).toBeGreaterThan(1);
  await put('c1/c1_t1.nii.gz');
  await put('c1/other_t1.nii.gz');
  const { table } = await run({ images: ['{case}/{case}_t1.nii.gz'] }, { dryRun: true });
  expect(table.split('\n').slice(1)).toEqual(['c1    c1/c1_t1.nii.gz']);
});

it('reads dots as dots, and ? as any one letter, from a pattern with ./ before it', async () => {
  for (const name of ['a1.x.nii.gz', 'a22.x.nii.gz', 'b1xx.nii.gz', '.hidden/c1.x.nii.gz']) await put(name);
  const { table } = await run({ images: ['./{case}?.x.nii.gz'] }, { dryRun: true });
  expect(table.split('\n')).toEqual(['case  modality 0', 'a     a1.x.nii.gz', 'a2    a22.x.nii.gz']);
});

it('follows links to folders, and looks as deep as the pattern, or 20 folders', async () => {
  await put('deep/p1/a.nii.gz');
  symlinkSync(join(input, 'deep'), join(input, 'link'));
  symlinkSync(join(input, 'nowhere'), join(input, 'broken'));
  const cases = async (pattern: string) =>
    (await run({ images: [pattern] }, { dryRun: true })).table.split('\n').slice(1);
  expect(await cases('link/{case}/a.nii.gz')).toEqual(['p1    link/p1/a.nii.gz']);
  const nested = (folders: number) => `${'d/'.repeat(folders)}{case}.nii.gz`;
  await put(nested(20).replace('{case}', 'x'));
  await expect(cases('**/d/{case}.nii.gz')).rejects.toMatchObject({ tag: 'no-images' });
  expect(await cases(nested(20))).toHaveLength(1);
  await put(nested(19).replace('{case}', 'y'));
  expect(await cases('**/d/{case}.nii.gz')).toEqual([expect.stringMatching(/^y /)]);
});

it('looks as deep as the deepest of its patterns', async () => {
  await put('p1.nii.gz');
  await put('masks/p1/lesion.nii.gz');
  const patterns = { images: ['{case}.nii.gz'], labels: 'masks/{case}/lesion.nii.gz' };
  expect((await run(patterns, { dryRun: true })).table).toContain('p1    p1.nii.gz   masks/p1/lesion.nii.gz');
});

it('skips its own output, and files that are not images', async () => {
  output = join(input, 'out');
  await put('p1/a.nii.gz');
  await put('p1/a.nii.gz.txt/inside.nii.gz');
  expect(await run({ images: ['{case}/a.nii.gz'] })).toMatchObject({ converted: 1 });
  await put('out/a.nii.gz');
  expect((await run({ images: ['{case}/a.nii.gz'] }, { dryRun: true })).table).not.toContain('out');
  expect((await run({ images: ['{case}/a.*'] }, { dryRun: true })).table).toContain('p1    p1/a.nii.gz');
});

it('names the first files that there are, and twenty of those that are missing', async () => {
  const any = { images: ['{case}/none.nii.gz'] };
  expect((await errorOf(any)).message).toMatch(/There are no files\. /);
  for (let i = 10; i < 32; i++) await put(`${i}/a.nii.gz`);
  expect((await errorOf(any)).message).toMatch(
    /There are files such as 10\/a\.nii\.gz, 11\/a\.nii\.gz, 12\/a\.nii\.gz, 13\/a\.nii\.gz, 14\/a\.nii\.gz\. /,
  );
  await put('10/b.nii.gz');
  const { message } = await errorOf({ images: ['{case}/a.nii.gz', '{case}/b.nii.gz'] });
  expect(message).toMatch(/21 images missing of 22 cases\n11\/b[\s\S]*\n30\/b\.nii\.gz\nand 1 more\n/);
  const fault = (await errorOf({ images: ['p1/adc.nii.gz'] })).message;
  expect(fault).toMatch(/does not contain {case}, the name of the case/);
  expect((await errorOf({ images: ['{case}/../a.nii.gz'] })).message).toMatch(/leads out of the input folder/);
  expect(tableOfCases([])).toBe('');
});

it('names what is missing or twice, and converts nothing then', async () => {
  for (const name of ['p1/adc', 'p1/dwi', 'p1/lesion', 'p2/adc']) await put(`${name}.nii.gz`);
  const missing = await errorOf(prostate);
  expect(missing.tag).toBe('missing-file');
  expect(missing.message).toMatch(/2 images missing of 2 cases\np2\/dwi\.nii\.gz\np2\/lesion\.nii\.gz/);
  expect(await errorOf({ images: ['{case}/*.nii.gz'] })).toMatchObject({
    tag: 'ambiguous-images',
    message: expect.stringMatching(/p1: p1\/adc\.nii\.gz and p1\/dwi\.nii\.gz/),
  });
  expect(await errorOf({ images: ['{case}/ADC.nii.gz'] })).toMatchObject({
    tag: 'no-images',
    message: expect.stringMatching(/"\{case\}\/ADC\.nii\.gz"[\s\S]*files such as p1\/adc\.nii\.gz/),
  });
  for (const pattern of ['p1/adc.nii.gz', '../{case}.nii.gz', '/{case}.nii.gz'])
    expect((await errorOf({ images: [pattern] })).tag).toBe('usage');
  await put('dataset/adc.nii.gz');
  expect((await errorOf({ images: ['{case}/adc.nii.gz'] })).tag).toBe('bad-case-id');
});
