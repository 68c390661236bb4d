import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type PredictFilesOptions, predictFiles } from './predict-files.ts';
import { listener } from './small-task.fixture.ts';

const { predict } = vi.hoisted(() => ({ predict: vi.fn() }));
vi.mock('./predict.ts', () => ({ predict }));

// A spacing and a position that float32 rounds.
const grid = {
  shape: [1, 1, 3],
  spacing: [3, 0.1, 2],
  origin: [0.1, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;
const labels = Uint8Array.of(0, 2, 1);
let folder: string;

beforeEach(async () => {
  folder = temporaryFolder();
  for (const name of ['a_0000.nii.gz', 'a_0001.nii.gz', 'b.nii', 'c.mha', 'd.tif']) await writeFileNamed(name);
  for (const [name, file] of [
    ['slices', 'slice_1.png'],
    ['cases', 'a_0000.nii.gz'],
  ] as const) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, file), '');
  }
  for (const name of ['notes.txt', '1.dcm', '2.dcm']) writeFileSync(join(folder, name), '');
  predict.mockReset().mockImplementation(async ({ cases, outputFolder, dicom }) => {
    mkdirSync(outputFolder, { recursive: true });
    for (const { id } of cases ?? [])
      for (const kind of dicom?.kinds ?? []) writeFileSync(join(outputFolder, `${id}_${kind}.dcm`), `${kind} of ${id}`);
    for (const { id } of cases ?? []) await writeVolume(join(outputFolder, `${id}.nii.gz`), { ...grid, data: labels });
    return { predicted: 1, skipped: 0, labelNames: { 0: 'background', 1: 'liver' } };
  });
});

async function writeFileNamed(name: string) {
  const { imageFormats } = await import('@nnunet/formats/node');
  const { shippedFormats } = await import('@nnunet/volume');
  const formats = shippedFormats.with(...imageFormats);
  if (name.endsWith('.tif')) writeFileSync(join(folder, name), '');
  else await writeVolume(join(folder, name), { ...grid, data: Float32Array.of(1, 2, 3) }, formats);
}

const at = (name: string) => join(folder, name);
const run = (inputs: string[][], output: string, more: Partial<PredictFilesOptions> = {}) =>
  predictFiles({
    roots: resolveRoots({ env: {} }),
    inputs: inputs.map((channel) => channel.map(at)),
    output: at(output),
    trainer: 'T',
    plansIdentifier: 'P',
    checkpoint: 'model_best',
    saveSoftmax: false,
    partId: 0,
    numParts: 1,
    overwrite: false,
    reporter: listener(),
    ...more,
  });
const given = () => predict.mock.calls[0]![0];

describe('what is predicted', () => {
  it('is a folder of cases if one folder is given, and a folder for the results', async () => {
    await run([['slices']], 'out');
    expect(given()).toMatchObject({ inputFolder: at('slices'), outputFolder: at('out'), trainer: 'T' });
    predict.mockClear();
    await run([['nowhere']], 'slices');
    expect(given()).toMatchObject({ inputFolder: at('nowhere'), outputFolder: at('slices') });
  });

  it('is a case per image, named after the first channel', async () => {
    await run([['a_0000.nii.gz', 'b.nii', 'slices', 'd.tif']], 'out');
    const names = ['a', 'b', 'slices', 'd'];
    const images = ['a_0000.nii.gz', 'b.nii', 'slices/', 'd.tif'];
    expect(given().cases).toEqual(names.map((id, i) => ({ id, images: [at(images[i]!)] })));
    expect(given().inputFolder).toBeUndefined();
    predict.mockClear();
    await run(
      [
        ['b.nii', 'c.mha'],
        ['a_0000.nii.gz', 'a_0001.nii.gz'],
      ],
      'out/',
    );
    expect(given().cases).toEqual([
      { id: 'b', images: [at('b.nii'), at('a_0000.nii.gz')] },
      { id: 'c', images: [at('c.mha'), at('a_0001.nii.gz')] },
    ]);
  });

  it.each<[string, string[][], string, RegExp]>([
    ['usage', [['a_0000.nii.gz', 'b.nii'], ['c.mha']], 'out', /different numbers of images: 2, 1\n/],
    [
      'usage',
      [['a_0000.nii.gz', 'b.nii']],
      'x.nii.gz',
      /x\.nii\.gz: 2 cases cannot be written to one file\n.*channels/,
    ],
    ['missing-file', [['nowhere.nii.gz']], 'out', /nowhere\.nii\.gz: this image does not exist/],
    ['usage', [['b.nii']], 'b.nii', /b\.nii: the label map would replace this image/],
    ['exists', [['b.nii']], 'a_0000.nii.gz', /a_0000\.nii\.gz: this file already exists/],
    [
      'unknown-format',
      [['notes.txt']],
      'out',
      /notes\.txt: is not an image .*\n.*\.nii\.gz, \.nrrd, .*or a folder of DICOM/,
    ],
    ['unknown-format', [['1.dcm', '2.dcm']], 'out', /1\.dcm: is a slice, not a whole image\n.*Give the folder/],
    ['unknown-format', [['b.nii']], 'x.tif', /x\.tif: label maps cannot be written in this format/],
    ['unknown-format', [['b.nii']], 'x.png', /x\.png: label maps cannot be written in this format/],
    ['unknown-format', [['b.nii']], 'x.gz', /x\.gz: label maps cannot be written in this format/],
    ['unknown-format', [['slices']], 'x.zip', /x\.zip: label maps cannot be written in this format/],
    ['usage', [['cases']], 'x.nii.gz', /cases\/: this folder contains no slices of an image/],
    ['usage', [['b.nii']], 'c.mha/x.nii.gz', /c\.mha: is a file, not a folder/],
  ])('refuses before any work: %s, %j', async (tag, inputs, output, message) => {
    await expect(run(inputs, output)).rejects.toMatchObject({ tag, message: expect.stringMatching(message) });
    expect(predict).not.toHaveBeenCalled();
  });

  it('has neither probabilities nor parts for a single file', async () => {
    await expect(run([['b.nii']], 'x.nii', { saveSoftmax: true })).rejects.toThrow(
      /probabilities need an output folder/,
    );
    await expect(run([['b.nii']], 'x.nii', { partId: 1, numParts: 2 })).rejects.toMatchObject({
      tag: 'usage',
      what: 'a single case cannot be predicted in parts',
    });
    expect(predict).not.toHaveBeenCalled();
  });
});

describe('the label map of a single case', () => {
  it.each([
    ['b.nii', 'deep/er/x.nii.gz'],
    ['b.nii', 'x.nii'],
    ['a_0000.nii.gz', 'x.mha'],
    ['c.mha', 'x.NRRD'],
  ])('of %s is written to %s, on the grid of the image, and nothing else', async (image, output) => {
    const signal = new AbortController().signal;
    const result = await run([[image]], output, { signal, keepFormat: true });
    expect(result).toMatchObject({ predicted: 1, skipped: 0 });
    expect(readFileSync(at(`${output.replace(/x\..*/, 'x')}.tsv`), 'utf8')).toContain('1\tliver\t#4363d8\n');
    expect(given()).toMatchObject({ signal, keepFormat: false });
    expect(existsSync(given().outputFolder)).toBe(false);
    const { imageFormats } = await import('@nnunet/formats/node');
    const { shippedFormats } = await import('@nnunet/volume');
    const formats = shippedFormats.with(...imageFormats);
    const written = await readLabels(at(output), formats);
    const { shape, spacing, origin, direction } = await readVolume(at(image), formats);
    expect(written).toMatchObject({ data: labels, shape, direction });
    if (!output.endsWith('.nii.gz')) expect(written).toMatchObject({ spacing, origin });
  });

  it('keeps other tables of the same name, unless replacing is allowed', async () => {
    const reporter = listener();
    writeFileSync(at('x.tsv'), 'age\tsex\n');
    await run([['b.nii']], 'x.nii', { reporter });
    expect(readFileSync(at('x.tsv'), 'utf8')).toBe('age\tsex\n');
    expect(readFileSync(at('x.ctbl'), 'utf8')).toContain('1 liver 67 99 216 255\n');
    await run([['b.nii']], 'x.mha', { reporter });
    const kept = `${at('x.tsv')} already exists with other content, and is kept`;
    expect(reporter.warnings).toEqual([kept, kept]);
    await run([['b.nii']], 'x.nii', { reporter, overwrite: true });
    expect(readFileSync(at('x.tsv'), 'utf8')).toContain('1\tliver\t#4363d8\n');
    expect(reporter.warnings.length).toBe(2);
  });

  it('replaces a file only where that is allowed, and only when it is done', async () => {
    writeFileSync(at('x.nii'), 'corrected by hand');
    predict.mockRejectedValueOnce(new Error('no model'));
    await expect(run([['b.nii']], 'x.nii', { overwrite: true })).rejects.toThrow('no model');
    expect(readFileSync(at('x.nii'), 'utf8')).toBe('corrected by hand');
    expect(existsSync(given().outputFolder)).toBe(false);
    await run([['b.nii']], 'x.nii', { overwrite: true });
    expect((await readLabels(at('x.nii'))).data).toEqual(labels);
    expect(dirname(predict.mock.calls[1]![0].outputFolder)).not.toBe(folder);
  });
});

describe('DICOM objects', () => {
  const ct = fileURLToPath(new URL('../../formats/fixtures/dicom_ct', import.meta.url));
  beforeEach(() => {
    for (const name of ['ct', 'many/p2', 'many/p1']) cpSync(ct, at(name), { recursive: true });
  });

  it('of a folder are those of the series that it is, or that it contains', async () => {
    const dicom = { kinds: ['seg'] as const };
    await run([['ct']], 'out', { dicom });
    await run([['many']], 'out', { dicom });
    await run([['slices']], 'out', { dicom });
    await run([['ct']], 'out');
    const [itself, contained, neither, unasked] = predict.mock.calls.map(([options]) => options);
    expect(itself).toMatchObject({ cases: [{ id: 'ct', images: [at('ct/')] }], outputFolder: at('out'), dicom });
    expect(contained.cases.map(({ id }: { id: string }) => id)).toEqual(['p1', 'p2']);
    for (const [options, name] of [[neither, 'slices'], [unasked, 'ct']]) expect(options).toMatchObject({ inputFolder: at(name) }); // biome-ignore format: a row
  });

  it('take the place of the label map, or lie beside it', async () => {
    await run([['ct']], 'new/x.dcm', { dicom: { segmentsFile: 's.json' } });
    expect(given().dicom).toEqual({ kinds: ['seg'], segmentsFile: 's.json' });
    expect(readdirSync(at('new'))).toEqual(['x.dcm']);
    expect(readFileSync(at('new/x.dcm'), 'utf8')).toBe('seg of ct');
    await run([['ct']], 'new/y.DCM', { dicom: { kinds: ['rtstruct'] } });
    expect(readFileSync(at('new/y.DCM'), 'utf8')).toBe('rtstruct of ct');
    await run([['ct']], 'both/x.nii.gz', { dicom: { kinds: ['seg', 'rtstruct'] } });
    expect(readdirSync(at('both')).sort()).toEqual([
      'x.ctbl',
      'x.label',
      'x.nii.gz',
      'x.tsv',
      'x_rtstruct.dcm',
      'x_seg.dcm',
    ]);
  });

  it('replace no file unless that is allowed, and do not go into the series', async () => {
    for (const [output, kinds] of [
      ['x.dcm', ['seg']],
      ['x.nii.gz', ['seg', 'rtstruct']],
    ] as const) {
      const name = output.replace('.nii.gz', '_rtstruct.dcm');
      writeFileSync(at(name), 'mine');
      await expect(run([['ct']], output, { dicom: { kinds } })).rejects.toMatchObject({
        tag: 'exists',
        where: at(name),
      });
      await run([['ct']], output, { dicom: { kinds }, overwrite: true });
      expect(readFileSync(at(name), 'utf8')).not.toBe('mine');
    }
    predict.mockClear();
    const both = { kinds: ['seg', 'rtstruct'] as const };
    await expect(run([['ct']], 'y.dcm', { dicom: both })).rejects.toThrow(/y\.dcm: 2 kinds of DICOM objects/);
    await expect(run([['ct']], 'ct/y.dcm')).rejects.toThrow(/ct\/: the results would be written into the folder/);
    expect(predict).not.toHaveBeenCalled();
  });
});
