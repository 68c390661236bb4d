import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NnUNetError } from '@nnunet/errors';
import { readDicomSeries } from '@nnunet/formats/node';
import type { TrainedModel } from '@nnunet/inference/node';
import * as files from '@nnunet/tensor/node/internal';
import { temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { writeLabels } from '@nnunet/volume/node';
import { beforeEach, expect, it, vi } from 'vitest';
import { type DicomOutput, planDicomOutput, seriesIn, writeLabelsAsDicom } from './dicom-output.ts';
import { listener } from './small-task.fixture.ts';

vi.mock('@nnunet/tensor/node/internal', async (original) => {
  const own = await original<typeof files>();
  return { ...own, writeFileAtomic: vi.fn(own.writeFileAtomic) };
});

const fixtures = fileURLToPath(new URL('../../formats/fixtures/', import.meta.url));
let folder: string;
let out: string;
beforeEach(() => {
  folder = temporaryFolder();
  out = join(folder, 'out');
  mkdirSync(out);
});

/** Copies a folder of slices, and returns its path. */
function slices(fixture: string, name: string): string {
  cpSync(join(fixtures, fixture), join(folder, name), { recursive: true });
  return join(folder, name, '/');
}

const code = (value: string, meaning: string) => ({
  CodeValue: value,
  CodingSchemeDesignator: 'SCT',
  CodeMeaning: meaning,
});

/** Writes a file that describes labels as a spleen. */
function segmentsFile(...labels: number[]): string {
  const file = join(folder, 'segments.json');
  const attributes = labels.map((labelID) => ({
    labelID,
    SegmentLabel: 'Milz',
    SegmentedPropertyCategoryCodeSequence: code('91723000', 'Anatomical Structure'),
    SegmentedPropertyTypeCodeSequence: code('78961009', 'Spleen'),
  }));
  writeFileSync(file, JSON.stringify({ SeriesDescription: 'Beschrieben', segmentAttributes: [attributes] }));
  return file;
}

const v1 = {
  version: 1,
  identity: '0123456789abcdef0123',
  description: { trainer: 'nnUNetTrainerV2', configuration: '3d_fullres', plans: { all_classes: [1, 4] } },
} as unknown as TrainedModel;

/** Writes label maps, of which the first 42 voxels have a label, and then their DICOM objects. */
async function write(
  images: string[],
  labels: Record<string, number>,
  {
    model = v1,
    names = { 0: 'background', 1: 'Liver' },
    ...dicom
  }: DicomOutput & { model?: TrainedModel; names?: Record<string, string> },
) {
  const reporter = listener();
  const { slices: _, ...geometry } = await readDicomSeries(images[0]!);
  const voxels = geometry.shape.reduce((a, b) => a * b);
  for (const [id, label] of Object.entries(labels))
    await writeLabels(join(out, `${id}.nii.gz`), new Uint8Array(voxels).fill(label, 0, 42), geometry);
  const plan = await planDicomOutput(dicom, { outputFolder: out }, shippedFormats);
  const ids = Object.keys(labels);
  const made = { model, labelNames: names, paths: images, formats: shippedFormats, folder: out, ids, reporter };
  const failed = await writeLabelsAsDicom(plan, made);
  return { failed, warnings: reporter.warnings };
}

const written = (name: string) => readFileSync(join(out, name)).toString('latin1');

it('writes objects beside the label maps of series, and names what fails and what is no series', async () => {
  const images = [slices('dicom_ct', 'a_0000'), slices('dicom_ct', 'b'), slices('png_uint8', 'c_0000')];
  const { failed, warnings } = await write(images, { a: 4, b: 9, c: 1, d: 1 }, { kinds: ['seg', 'rtstruct'] });
  expect(failed).toMatchObject([{ name: 'b', error: { tag: 'undeclared-labels' } }]);
  expect(warnings).toEqual(['no DICOM objects for cases whose image is not a DICOM series: c, d']);
  expect(readdirSync(out).filter((name) => name.endsWith('.dcm'))).toEqual(['a_rtstruct.dcm', 'a_seg.dcm']);
  for (const [name, modality] of [
    ['a_seg.dcm', 'SEG '],
    ['a_rtstruct.dcm', 'RTSTRUCT'],
  ] as const) {
    for (const text of [modality, 'Liver', 'label 4', 'nnUNetTrainerV2 3d_fullres', '0123456789abcdef'])
      expect(written(name)).toContain(text);
    for (const text of ['background', '0123456789abcdef0']) expect(written(name)).not.toContain(text);
  }
});

it('describes labels as the file says where it does, and warns about labels that the model lacks', async () => {
  const images = [slices('dicom_ct', 'a')];
  const file = segmentsFile(4, 7);
  const { failed, warnings } = await write(images, { a: 1 }, { segmentsFile: file });
  expect(failed).toEqual([]);
  expect(readdirSync(out).sort()).toEqual(['a.nii.gz', 'a_seg.dcm']);
  for (const text of ['Liver', 'Milz', '78961009', 'Beschrieben']) expect(written('a_seg.dcm')).toContain(text);
  expect(written('a_seg.dcm').split('Milz').length).toBe(2);
  expect(warnings).toEqual([`${file} describes labels that the model does not predict: 7`]);
});

it("takes the labels of nnU-Net v2's models from their names", async () => {
  const model = { ...v1, version: 2 } as TrainedModel;
  await write([slices('dicom_ct', 'a')], { a: 3 }, { model, names: { 0: 'background', 3: 'Tumor' } });
  expect(written('a_seg.dcm')).toContain('108369006');
  expect(written('a_seg.dcm')).not.toContain('label 4');
});

it('does not go on to the next case where the disk is full', async () => {
  const images = [slices('dicom_ct', 'a'), slices('dicom_ct', 'b')];
  const full = new NnUNetError('disk-full', { what: 'no space left', where: out, remedy: 'Free some.' });
  vi.mocked(files.writeFileAtomic).mockRejectedValueOnce(full);
  await expect(write(images, { a: 1, b: 1 }, {})).rejects.toBe(full);
  expect(readdirSync(out).filter((name) => name.endsWith('.dcm'))).toEqual([]);
});

it('stops where it is asked to', async () => {
  const plan = await planDicomOutput({}, { outputFolder: out }, shippedFormats);
  const signal = AbortSignal.abort(new Error('stopped'));
  const made = { model: v1, labelNames: {}, paths: [], formats: shippedFormats, folder: out, ids: ['a'] };
  await expect(writeLabelsAsDicom(plan, { ...made, reporter: listener(), signal })).rejects.toThrow('stopped');
});

it('refuses before any work what cannot become an object', async () => {
  const series = slices('dicom_ct', 'a');
  const cases = [{ id: 'a', images: [series] }];
  const refused = (dicom: DicomOutput, images = cases, outputFolder = out) =>
    planDicomOutput(dicom, { cases: images, outputFolder }, shippedFormats).then(
      ({ kinds }) => kinds.join(),
      (error: Error) => error.message,
    );
  expect(await refused({})).toBe('seg');
  expect(await refused({}, [{ id: 'c', images: [slices('png_uint8', 'c')] }])).toMatch(/c\/: is not a DICOM series/);
  expect(await refused({}, [{ id: 'a', images: [slices('dicom_two_series', 'two')] }])).toMatch(/holds 2 series/);
  const two = ['two', 'c'].map((id) => ({ id, images: [join(folder, id, '/')] }));
  expect(await refused({ kinds: ['rtstruct'] }, two)).toBe('rtstruct');
  expect(await refused({}, cases, join(folder, 'a'))).toMatch(/a\/: the results would be written into the folder of/);
  expect(await refused({ segmentsFile: segmentsFile(1, 1) })).toMatch(/segments\.json: describes label 1 twice/);
});

it('finds the series in a folder: itself, or folders in it unless images are numbered', async () => {
  const [a, b] = [slices('dicom_ct', 'in/b'), slices('dicom_ct', 'in/a')].sort() as [string, string];
  slices('png_uint8', 'in/c');
  slices('dicom_ct', 'in/.trash');
  writeFileSync(join(folder, 'in/notes.txt'), '');
  expect(await seriesIn(join(folder, 'in'), shippedFormats)).toEqual([a, b]);
  expect(await seriesIn(a, shippedFormats)).toEqual([a]);
  expect(await seriesIn(join(folder, 'nowhere'), shippedFormats)).toEqual([]);
  writeFileSync(join(folder, 'in/x_0000.nii.gz'), '');
  expect(await seriesIn(join(folder, 'in'), shippedFormats)).toEqual([]);
});
