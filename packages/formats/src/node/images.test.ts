import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@nnunet/testing';
import { readNifti, shippedFormats, writeNifti } from '@nnunet/volume';
import { formatOf } from '@nnunet/volume/internal';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { EXTENSIONS } from '../extensions.ts';
import { imageFormats, readImage } from './image-formats.ts';

interface Expected {
  size: number[];
  spacing: number[];
  origin: number[];
  direction: number[];
  dtype: string;
  values: number[];
}

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const expected: Record<string, Expected> = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8'));
const temporary = temporaryFolder();
const formats = shippedFormats.with(...imageFormats);

const pathOf = (name: string) => join(fixtures, name) + (name.includes('.') ? '' : '/');
const single = Object.keys(expected).filter(
  (name) => /\.(nrrd|nhdr|mha|mhd)$/.test(name) && name !== 'plane_int16.mha',
);
const dtype = (data: object) => data.constructor.name.replace('Array', '').replace('Big', '').toLowerCase();

/** Greatest difference of the position from what SimpleITK reports. */
function offPlace(
  image: { spacing: readonly number[]; origin: readonly number[]; direction: readonly number[] },
  e: Expected,
) {
  const spacing = [...image.spacing].reverse();
  const pairs: [readonly number[], number[]][] = [
    [spacing, e.spacing],
    [image.origin, e.origin],
    [image.direction, e.direction],
  ];
  return Math.max(...pairs.flatMap(([a, b]) => b.map((value, i) => Math.abs(value - a[i]!))));
}

describe('single files', () => {
  it.each(single)('%s is read as SimpleITK reads it', async (name) => {
    const e = expected[name]!;
    const image = await readImage(pathOf(name));
    expect(image.shape).toEqual([...e.size].reverse());
    expect(offPlace(image, e)).toBeLessThan(1e-14);
    expect(dtype(image.data)).toBe(e.dtype);
    expect(Array.from(image.data, Number)).toEqual(e.values);
    expect(image.data.buffer).toBeInstanceOf(ArrayBuffer);
  });

  it('a plane becomes one slice of 1 mm', async () => {
    const e = expected['plane_int16.mha']!;
    const image = await readImage(pathOf('plane_int16.mha'));
    expect(image.planar).toBe(true);
    expect(await readImage(pathOf('oblique_int16.mha'))).not.toHaveProperty('planar');
    expect(image).toMatchObject({ shape: [1, 6, 7], spacing: [1, 0.75, 0.5], origin: [3, -4, 0] });
    expect(image.direction).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(Array.from(image.data, Number)).toEqual(e.values);
  });

  it('are read through readVolume as float32 and through readLabels as integers', async () => {
    const float = await readVolume(pathOf('oblique_float64.mha'), formats);
    expect(float.data).toEqual(Float32Array.from(expected['oblique_float64.mha']!.values));
    const large = await readLabels(pathOf('large_int64.nrrd'), formats);
    expect(large.data).toEqual(Int32Array.from(expected['large_int64.nrrd']!.values));
    const labels = await readLabels(pathOf('oblique_uint8.mhd'), formats);
    expect(labels.data).toEqual(Uint8Array.from(expected['oblique_uint8.mhd']!.values));
    expect(formatOf('a/b.NRRD', formats)).toBe(formatOf('c.nrrd', formats));
    expect(imageFormats.flatMap(({ extensions }) => extensions)).toEqual([
      ...EXTENSIONS.slice(0, 1),
      '.mha',
      '.gipl',
      '.nhdr',
      '.mhd',
      '.tif',
      '.tiff',
      '/',
    ]);
  });
});

describe('TIFF', () => {
  it.each(['uint16.tif', 'float32.tif'])('%s holds one slice a page, 1 mm apart', async (name) => {
    const image = await readImage(pathOf(name));
    expect(image).toMatchObject({ shape: [5, 6, 7], spacing: [1, 1, 1], origin: [0, 0, 0] });
    expect(dtype(image.data)).toBe(expected[name]!.dtype);
    expect(Array.from(image.data, Number)).toEqual(expected[name]!.values);
  });
});

describe('folders of slices', () => {
  it.each(['png_uint8', 'png_uint16'])('%s is ordered by the numbers in the names', async (name) => {
    const e = expected[name]!;
    const image = await readImage(pathOf(name));
    expect(image.shape).toEqual([11, 6, 7]);
    expect(image.spacing).toEqual(name === 'png_uint8' ? [3, 0.75, 0.5] : [1, 1, 1]);
    expect(dtype(image.data)).toBe(e.dtype);
    expect(Array.from(image.data, Number)).toEqual(e.values);
  });

  it.each(['dicom_ct', 'dicom_slopes'])('%s is ordered by position and lies where SimpleITK puts it', async (name) => {
    const e = expected[name]!;
    const image = await readImage(pathOf(name));
    expect(image.shape).toEqual([...e.size].reverse());
    expect(offPlace(image, e)).toBeLessThan(2e-7);
    expect(Array.from(image.data, Number)).toEqual(e.values);
  });

  it('one DICOM slice takes its thickness from the file', async () => {
    const folder = join(temporary, 'one');
    cpSync(join(fixtures, 'dicom_ct/a.dcm'), join(folder, 'a.dcm'));
    expect(await readImage(`${folder}/`)).toMatchObject({ shape: [1, 6, 7], spacing: [5, 0.9, 0.7] });
  });
});

describe('writing', () => {
  it.each(['nrrd', 'mha'])('.%s comes back the same, in each type', async (extension) => {
    for (const name of [
      'oblique_int16.mha',
      'mirrored_uint8.nrrd',
      'oblique_float32.nhdr',
      'oblique_float64.mha',
      'large_int64.nrrd',
    ]) {
      const image = await readImage(pathOf(name));
      const path = join(temporary, `${name}.${extension}`);
      await writeVolume(path, image, formats);
      const again = await readImage(path);
      expect(again.data).toEqual(image.data);
      expect(again.shape).toEqual(image.shape);
      expect(offPlace(again, expected[name]!)).toBeLessThan(1e-14);
    }
  });

  it('writes a part of a larger buffer as that part', async () => {
    const whole = await readImage(pathOf('oblique_int16.mha'));
    const path = join(temporary, 'part.mha');
    const data = (whole.data as Int16Array).subarray(42, 84);
    await writeVolume(path, { ...whole, shape: [1, 6, 7], data }, formats);
    expect((await readImage(path)).data).toEqual(data.slice());
  });

  it('NIfTI keeps the position within float32', async () => {
    for (const name of single) {
      const image = await readImage(pathOf(name));
      const nifti = await readNifti(writeNifti(image));
      expect(offPlace(nifti, expected[name]!)).toBeLessThan(2e-6);
    }
  });
});
