import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ErrorTag, isNnUNetError } from '@nnunet/errors';
import { imageFormats, readImage } from '@nnunet/formats/node';
import { temporaryFolder } from '@nnunet/testing';
import { settleBounded } from '@nnunet/threads';
import { sameGeometry, shippedFormats, type Volume } from '@nnunet/volume';
import { readGeometry, readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  imagesBesideNifti,
  otherImages,
  requireNifti,
  requireOtherImages,
  writeLabelsAsImages,
} from './image-formats.ts';
import { importImages } from './import-images.ts';
import type { Progress } from './reporter.ts';

vi.mock('@nnunet/threads', async (original) => {
  const real = await original<typeof import('@nnunet/threads')>();
  return { ...real, settleBounded: vi.fn(real.settleBounded) };
});

const fixtures = fileURLToPath(new URL('../../formats/fixtures/', import.meta.url));
const temporary = temporaryFolder();

let input: string;
let output: string;
let count = 0;
const said: string[] = [];
const reporter = {
  message: (text: string) => void said.push(text),
  warning: (text: string) => void said.push(text),
  progress: ({ done, total, note }: Progress) => void progressed.push(`${done}/${total} ${note}`),
};
const progressed: string[] = [];
beforeEach(() => {
  input = join(temporary, String(count), 'in');
  output = join(temporary, String(count++), 'out');
  mkdirSync(input, { recursive: true });
  said.length = progressed.length = 0;
});

const put = (fixture: string, name: string) => cpSync(join(fixtures, fixture), join(input, name), { recursive: true });
const run = (more: object = {}) => importImages({ input, output, labels: false, overwrite: false, reporter, ...more });
const messageOf = async (work: Promise<unknown>, tag: ErrorTag): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(isNnUNetError(error, tag), String(error)).toBe(true);
  return (error as Error).message;
};

describe('importImages', () => {
  it('brings every kind of image to NIfTI at its place, in its type', async () => {
    put('oblique_int16.nrrd', 'a_0000.nrrd');
    put('oblique_float32.nhdr', 'b_0000.nhdr');
    put('oblique_float32.raw', 'oblique_float32.raw');
    put('mirrored_float32.mha', 'c_0000.MHA');
    put('uint16.tif', 'd_0001.tif');
    put('png_uint8', 'e_0000');
    put('dicom_ct', 'patient f');
    for (const name of ['notes.txt', '.hidden', 'a.json', 'b.zraw', 'c.raw.gz']) writeFileSync(join(input, name), '');
    mkdirSync(join(input, 'empty'));
    expect(await run()).toMatchObject({ converted: 6, kept: 0 });
    const names = ['a_0000', 'b_0000', 'c_0000', 'd_0001', 'e_0000', 'patient f_0000'];
    expect(readdirSync(output).sort()).toEqual(names.map((name) => `${name}.nii.gz`));
    expect(said).toEqual([
      `ignored, because they are not images: ${join(input, 'empty')}, ${join(input, 'notes.txt')}`,
      expect.stringContaining('d_0001.tif has no spacing'),
    ]);
    const sources = ['a_0000.nrrd', 'b_0000.nhdr', 'c_0000.MHA', 'd_0001.tif', 'e_0000/', 'patient f/'];
    for (const [i, source] of sources.entries()) {
      const image = await readImage(join(input, source));
      const nifti = await readVolume(join(output, `${names[i]}.nii.gz`));
      expect(sameGeometry(nifti, image), source).toBe(true);
      expect(nifti.data).toEqual(Float32Array.from(image.data as Float32Array));
    }
    expect(Buffer.from((await readGeometry(join(output, 'a_0000.nii.gz'))).niftiHeader!).readInt16LE(70)).toBe(4);
  });

  it('takes images of formats of your own, labels too', async () => {
    const geometry: Omit<Volume, 'data'> = {
      ...{ shape: [1, 1, 3], spacing: [3, 2, 1], origin: [1, 2, 3] },
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    };
    const read = async (bytes: Uint8Array) => ({ ...geometry, data: Float32Array.from(bytes) });
    const formats = shippedFormats.with({ extensions: ['.tiny', '.tiny.tif'], read });
    mkdirSync(join(input, 'imagesTr'));
    mkdirSync(join(input, 'labelsTr'));
    writeFileSync(join(input, 'dataset.json'), '["./imagesTr/a.tiny", "./labelsTr/a.TINY"]');
    writeFileSync(join(input, 'imagesTr/a_0000.tiny'), Uint8Array.of(7, 8, 9));
    writeFileSync(join(input, 'imagesTr/b_0000.tiny.tif'), Uint8Array.of(4, 5, 6));
    writeFileSync(join(input, 'labelsTr/a.TINY'), Uint8Array.of(0, 2, 1));
    expect(await run({ extensions: { formats } })).toMatchObject({ converted: 3, kept: 0 });
    expect(await readVolume(join(output, 'imagesTr/a_0000.nii.gz'))).toMatchObject({
      ...geometry,
      data: Float32Array.of(7, 8, 9),
    });
    expect((await readVolume(join(output, 'imagesTr/b_0000.nii.gz'))).data).toEqual(Float32Array.of(4, 5, 6));
    expect((await readLabels(join(output, 'labelsTr/a.nii.gz'))).data).toEqual(Uint8Array.of(0, 2, 1));
    expect(readFileSync(join(output, 'dataset.json'), 'utf8')).toBe('["./imagesTr/a.nii.gz", "./labelsTr/a.nii.gz"]');
    const images = await imagesBesideNifti({ inputFolder: join(input, 'imagesTr') }, formats, reporter);
    expect(images).toEqual({
      paths: ['a_0000.tiny', 'b_0000.tiny.tif'].map((n) => join(input, 'imagesTr', n)),
      formats,
    });
  });

  it('converts a task and renames the entries of dataset.json alone', async () => {
    for (const sub of ['imagesTr', 'labelsTr', 'imagesTs']) mkdirSync(join(input, sub));
    put('oblique_int16.mha', 'imagesTr/a_0000.mha');
    put('oblique_uint8.mhd', 'labelsTr/a.mhd');
    put('oblique_uint8.raw', 'labelsTr/oblique_uint8.raw');
    put('dicom_ct', 'imagesTs/b_0000');
    const description = (image: string, label: string, test: string) =>
      `{"labels": {"1": "x.mha", "0": "y"}, "training": [{"image": "./imagesTr/${image}", "label": "./labelsTr/${label}"}], "test": ["./imagesTs/${test}"]}`;
    writeFileSync(join(input, 'dataset.json'), description('a.mha', 'a.mhd', 'b/'));
    expect(await run()).toMatchObject({ converted: 3, kept: 0 });
    const renamed = description('a.nii.gz', 'a.nii.gz', 'b.nii.gz');
    expect(readFileSync(join(output, 'dataset.json'), 'utf8')).toBe(renamed);
    expect((await readLabels(join(output, 'labelsTr/a.nii.gz'))).data).toEqual(
      (await readImage(join(input, 'labelsTr/a.mhd'))).data,
    );
    expect(existsSync(join(output, 'imagesTs/b_0000.nii.gz'))).toBe(true);
  });

  it('works in place, keeps what it made and makes it anew when told', async () => {
    put('oblique_int16.mha', 'a_0000.mha');
    output = input;
    expect(await run()).toMatchObject({ converted: 1, kept: 0 });
    const made = join(input, 'a_0000.nii.gz');
    utimesSync(made, 1, 1);
    expect(await run()).toMatchObject({ converted: 0, kept: 1 });
    expect(await run({ overwrite: true })).toMatchObject({ converted: 1, kept: 0 });
    expect(readdirSync(input).sort()).toEqual(['a_0000.mha', 'a_0000.nii.gz']);
  });

  it('looks only, where asked to, and tells how far it is otherwise', async () => {
    put('oblique_int16.mha', 'b.mha');
    put('oblique_int16.nrrd', 'a_0001.nrrd');
    const table = ['a_0001.nrrd -> a_0001', 'b.mha -> b_0000'].map((line) => {
      const [source, target] = line.split(' -> ');
      return `${join(input, source!)} -> ${join(output, `${target}.nii.gz`)}`;
    });
    expect(await run({ dryRun: true })).toEqual({ converted: 0, kept: 0, table: table.join('\n') });
    expect([existsSync(output), progressed]).toEqual([false, []]);
    await run();
    // One image at a time is in memory.
    expect(vi.mocked(settleBounded).mock.lastCall![2].width).toBe(1);
    expect(progressed).toEqual(['0/2 undefined', `1/2 ${join(input, 'a_0001.nrrd')}`, `2/2 ${join(input, 'b.mha')}`]);
  });

  it('stores 64-bit voxels as float32, and others as they are', async () => {
    put('large_int64.nrrd', 'a.nrrd');
    put('oblique_float64.mha', 'b.mha');
    await run();
    for (const [name, id] of [
      ['a.nrrd', 'a'],
      ['b.mha', 'b'],
    ] as const) {
      const { niftiHeader } = await readGeometry(join(output, `${id}_0000.nii.gz`));
      // float32 of NIfTI
      expect(Buffer.from(niftiHeader!).readInt16LE(70)).toBe(16);
      const { data } = await readImage(join(input, name));
      expect((await readVolume(join(output, `${id}_0000.nii.gz`))).data).toEqual(Float32Array.from(data, Number));
    }
  });

  it('converts again in place from the other image, whichever name comes first', async () => {
    output = input;
    put('oblique_int16.nrrd', 'b_0000.nrrd');
    // "b.mha" comes before its result, "c_0000.nrrd" after it.
    put('oblique_int16.mha', 'a.mha');
    expect(await run()).toMatchObject({ converted: 2 });
    expect(await run({ overwrite: true })).toMatchObject({ converted: 2, kept: 0 });
    expect(await run()).toMatchObject({ converted: 0, kept: 2 });
    await writeVolume(join(input, 'c_0000.nii.gz'), await readImage(join(fixtures, 'oblique_int16.mha')));
    expect(await run({ overwrite: true })).toMatchObject({ converted: 2, kept: 1 });
  });

  it('leaves no earlier image where the new one fails', async () => {
    put('oblique_int16.nrrd', 'a_0000.nrrd');
    await run();
    put('rgb.nrrd', 'a_0000.nrrd');
    expect(await run()).toMatchObject({ converted: 0, kept: 1 });
    expect(await messageOf(run({ overwrite: true }), 'cases-failed')).toMatch(/^1 of 1 image failed/);
    expect(readdirSync(output)).toEqual([]);
  });

  it('wants names of cases that can be told apart from others', async () => {
    put('oblique_int16.mha', 'dataset_0000.mha');
    await messageOf(run(), 'bad-case-id');
    expect(existsSync(output)).toBe(false);
  });

  it('warns of a task without dataset.json, and leaves one alone that fits', async () => {
    put('oblique_int16.mha', 'imagesTs/a_0000.mha');
    put('oblique_uint8.mhd', 'labelsTs/a.mhd');
    put('oblique_uint8.raw', 'labelsTs/oblique_uint8.raw');
    await run();
    expect(said).toEqual([expect.stringMatching(/dataset\.json does not exist; write one/)]);
    expect(existsSync(join(output, 'labelsTs/a.nii.gz'))).toBe(true);
    writeFileSync(join(input, 'dataset.json'), '{"test": ["imagesTs/a.MHA", "./imagesTs/b.nii", "elsewhere/c.mha"]}');
    await run();
    const copy = join(output, 'dataset.json');
    expect(readFileSync(copy, 'utf8')).toBe(
      '{"test": ["imagesTs/a.nii.gz", "./imagesTs/b.nii.gz", "elsewhere/c.mha"]}',
    );
    utimesSync(copy, 1, 1);
    await run();
    expect(statSync(copy).mtimeMs).toBe(1000);
    writeFileSync(join(input, 'dataset.json'), '{}');
    await run();
    expect(readFileSync(copy, 'utf8')).toBe('{}');
  });

  it('takes NIfTI files along', async () => {
    await writeVolume(join(input, 'a_0000.nii'), await readImage(join(fixtures, 'oblique_int16.mha')));
    await writeVolume(join(input, 'b_0000.nii.gz'), await readImage(join(fixtures, 'oblique_int16.mha')));
    expect(await run()).toMatchObject({ converted: 2, kept: 0 });
    expect(readFileSync(join(output, 'b_0000.nii.gz'))).toEqual(readFileSync(join(input, 'b_0000.nii.gz')));
    expect(await readVolume(join(output, 'a_0000.nii.gz'))).toEqual(await readVolume(join(input, 'a_0000.nii')));
  });

  it('names every image that fails after the others are done', async () => {
    put('rgb.nrrd', 'a_0000.nrrd');
    put('oblique_int16.nrrd', 'b_0000.nrrd');
    put('dicom_two_series', 'c_0000');
    const message = await messageOf(run(), 'cases-failed');
    expect(message).toMatch(/^2 of 3 images failed:/);
    expect(message).toMatch(/a_0000\.nrrd: has 3 numbers per voxel[\s\S]*c_0000\/: holds 2 series/);
    expect(readdirSync(output)).toEqual(['b_0000.nii.gz']);
  });

  it('leaves dataset.json out of a task until all its images are converted', async () => {
    put('rgb.nrrd', 'imagesTr/a_0000.nrrd');
    put('oblique_int16.nrrd', 'imagesTr/b_0000.nrrd');
    writeFileSync(join(input, 'dataset.json'), '{"training": []}');
    expect(await messageOf(run(), 'cases-failed')).toMatch(/dataset\.json will be written when all are/);
    expect(readdirSync(output)).toEqual(['imagesTr']);
    put('oblique_int16.nrrd', 'imagesTr/a_0000.nrrd');
    expect(await run()).toMatchObject({ converted: 1, kept: 1 });
    expect(readdirSync(output).sort()).toEqual(['dataset.json', 'imagesTr']);
  });

  it('refuses invalid label maps, two images for one file, and empty folders', async () => {
    expect(await messageOf(run(), 'no-images')).toMatch(/no images in this folder/);
    put('oblique_float32.nhdr', 'a.nhdr');
    put('oblique_float32.raw', 'oblique_float32.raw');
    expect(await messageOf(run({ labels: true }), 'cases-failed')).toMatch(/a\.nhdr: is not a label map/);
    put('oblique_int16.mha', 'a_0000.mha');
    expect(await messageOf(run(), 'usage')).toMatch(/a\.nhdr and .*a_0000\.mha would both become/);
  });
});

/** Stores an NRRD image as GIPL, which has no direction. */
async function toGipl(stem: string): Promise<void> {
  const formats = shippedFormats.with(...imageFormats);
  await writeVolume(join(input, `${stem}.gipl`), await readVolume(join(input, `${stem}.nrrd`), formats), formats);
  rmSync(join(input, `${stem}.nrrd`));
}

describe('prediction from other formats', () => {
  it('finds them, warns where 1 mm is taken, and writes label maps as the images are', async () => {
    put('oblique_int16.nrrd', 'a_0000.nrrd');
    put('oblique_uint8.mhd', 'b_0000.mhd');
    put('oblique_uint8.raw', 'oblique_uint8.raw');
    put('uint16.tif', 'c_0000.tif');
    put('oblique_int16.nrrd', 'd_0000.nrrd');
    await toGipl('d_0000');
    const images = await imagesBesideNifti({ inputFolder: input }, shippedFormats, reporter);
    expect(images.paths.map((path) => path.slice(input.length + 1))).toEqual([
      'a_0000.nrrd',
      'b_0000.mhd',
      'c_0000.tif',
      'd_0000.gipl',
    ]);
    expect(said).toEqual([expect.stringContaining('c_0000.tif has no spacing')]);
    mkdirSync(output);
    const labels = Uint8Array.from({ length: 210 }, (_, i) => i % 3);
    for (const path of images.paths) {
      const id = path.slice(input.length + 1, input.length + 2);
      await writeVolume(join(output, `${id}.nii.gz`), { ...(await readVolume(path, images.formats)), data: labels });
    }
    await writeLabelsAsImages(images, output, ['a', 'b', 'c', 'd']);
    const written = ['a.nii.gz', 'a.nrrd', 'b.mha', 'b.nii.gz', 'c.nii.gz', 'd.gipl', 'd.nii.gz'];
    expect(readdirSync(output).sort()).toEqual(written);
    for (const [written, source] of [
      ['a.nrrd', 'a_0000.nrrd'],
      ['b.mha', 'b_0000.mhd'],
      ['d.gipl', 'd_0000.gipl'],
    ] as const) {
      const { data, ...geometry } = await readImage(join(output, written));
      expect(data).toEqual(labels);
      const { data: _, ...place } = await readImage(join(input, source));
      expect(geometry.origin).toEqual(place.origin);
      geometry.direction.forEach((value, i) => {
        expect(value).toBeCloseTo(place.direction[i]!, 14);
      });
    }
  });

  it('takes folders of slices, links to them too, and passes over what has no name of an image', async () => {
    put('png_uint8', 'b_0000');
    symlinkSync(join(input, 'b_0000'), join(input, 'c_0000'));
    symlinkSync(join(input, 'nowhere'), join(input, 'd_0000'));
    mkdirSync(join(input, 'folder'));
    for (const name of ['a_0001.TIFF', '.a_0000.mha', '_0000.mha', 'a_00000.mha', 'a.mha', 'e_0000'])
      writeFileSync(join(input, name), '');
    const names = (await otherImages(input, shippedFormats)).map((path) => path.slice(input.length + 1));
    expect(names).toEqual(['a_0001.TIFF', 'b_0000/', 'c_0000/']);
    await messageOf(otherImages(join(input, 'nowhere'), shippedFormats), 'missing-folder');
    await messageOf(otherImages(join(input, 'a.mha'), shippedFormats), 'not-a-folder');
  });

  it('writes no label map for another case, or if there is none', async () => {
    put('oblique_int16.nrrd', 'aa_0000.nrrd');
    mkdirSync(output);
    const images = { paths: [join(input, 'aa_0000.nrrd')], formats: shippedFormats };
    await writeLabelsAsImages(images, output, ['a']);
    expect(readdirSync(output)).toEqual([]);
  });

  it('does not replace an image by its label map in the same format', async () => {
    for (const name of ['a.nrrd', 'b.mha', 'c_0000.nrrd', 'd.nhdr', 'e.nii.gz']) put('oblique_int16.nrrd', name);
    const refusal = (id: string, name: string) =>
      requireOtherImages([{ id, images: [join(input, name)] }], input, shippedFormats);
    for (const [id, name] of [
      ['a', 'a.nrrd'],
      ['b', 'b.mha'],
    ] as const)
      expect(await messageOf(refusal(id, name), 'usage')).toMatch(`${name}: the label map would replace this image`);
    for (const [id, name] of [
      ['c', 'c_0000.nrrd'],
      ['d', 'd.nhdr'],
      ['e', 'e.nii.gz'],
    ] as const)
      await refusal(id, name);
  });

  it('loads nothing for NIfTI alone', async () => {
    writeFileSync(join(input, 'a_0000.nii.gz'), '');
    writeFileSync(join(input, 'picture.tif'), '');
    expect(await imagesBesideNifti({ inputFolder: input }, shippedFormats, reporter)).toEqual({
      paths: [],
      formats: shippedFormats,
    });
  });
});

describe('requireNifti', () => {
  it('names the image of a dataset that is still to be converted', async () => {
    mkdirSync(join(input, 'imagesTr'));
    put('oblique_int16.mha', 'imagesTr/a_0000.mha');
    expect(await messageOf(requireNifti(input, shippedFormats), 'other-format')).toMatch(
      /a_0000\.mha: is not a NIfTI image[\s\S]*nnUNet_import_images `input` .* `output` /,
    );
    writeFileSync(join(input, 'imagesTr/a_0000.nii.gz'), '');
    await requireNifti(input, shippedFormats);
    put('oblique_int16.mha', 'imagesTs/b_0000.mha');
    expect(await messageOf(requireNifti(input, shippedFormats), 'other-format')).toMatch(/imagesTs\/b_0000\.mha/);
    writeFileSync(join(input, 'imagesTr/c_0000.mine'), '');
    const mine = shippedFormats.with({ extensions: ['.mine'] });
    expect(await messageOf(requireNifti(input, mine), 'other-format')).toMatch(/imagesTr\/c_0000\.mine/);
  });
});
