import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { importImages } from './import-images.ts';
import type { ImportPatterns } from './import-pattern.ts';

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

it('names what is missing or twice, and converts nothing then', async () => {
  for (const name of ['p1/adc', 'p1/dwi', 'p1/lesion', 'p2/adc']) await put(`${name}.nii.gz`);
  const missing = await errorOf(prostate);
  expect(missing.tag).toBe('images-missing');
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
