import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { isSpokenRightly } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { readImage } from '../node/image-formats.ts';
import { readDicomSeries } from '../node/read-dicom-series.ts';
import { type SliceTags, smallSeries } from '../node/series.fixture.ts';
import { dicomSeries, withHeaders } from './dicom-series.ts';
import type { PlacedSlice } from './placed-slice.ts';

const refusal = (change: (k: number) => SliceTags, count?: number): string => {
  try {
    dicomSeries(smallSeries(change, count), 'series/');
  } catch (error) {
    expect(isNnUNetError(error, 'bad-image') && isSpokenRightly(error, 'series'), String(error)).toBe(true);
    return (error as Error).message;
  }
  return 'taken';
};

const furthest = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

it('lies where the image read from the same files does', async () => {
  const folder = fileURLToPath(new URL('../../fixtures/dicom_ct/', import.meta.url));
  const { data: _, ...image } = await readImage(folder);
  const series = await readDicomSeries(folder);
  expect(series.shape).toEqual(image.shape);
  const numbers = ({ spacing, origin, direction }: typeof series | typeof image) => [
    ...spacing,
    ...origin,
    ...direction,
  ];
  expect(furthest(numbers(series), numbers(image))).toBeLessThan(1e-7);
  const pages = fileURLToPath(new URL('../../fixtures/png_uint8/', import.meta.url));
  await expect(readDicomSeries(pages)).rejects.toThrow(/png_uint8\/: contains no DICOM files/);
});

describe('dicomSeries', () => {
  it('orders the slices along their normal, with the header of each', () => {
    const series = dicomSeries(smallSeries(), 'series');
    expect(series.slices.map(({ name }) => name)).toEqual(['0.dcm', '1.dcm', '2.dcm']);
    expect(withHeaders(series).slices.map(({ header }) => header.text('SOPInstanceUID'))).toEqual([
      '1.2.3.0',
      '1.2.3.1',
      '1.2.3.2',
    ]);
    const [{ name, position }, ...others] = series.slices as [PlacedSlice, ...PlacedSlice[]];
    const byHand = { ...series, slices: [{ name, position } as PlacedSlice, ...others] };
    expect(() => withHeaders(byHand)).toThrow(/has no headers\n.*`readDicomSeries` returned/);
    expect(series).toMatchObject({ shape: [3, 2, 5], origin: [-10.5, 20, 30] });
    expect(furthest(series.spacing, [2.5, 0.5, 0.25])).toBeLessThan(1e-12);
    expect(furthest(series.direction, [1, 0, 0, 0, 0.8, -0.6, 0, 0.6, 0.8])).toBeLessThan(1e-12);
  });

  it('takes one slice by the distance of slices, else by their thickness, else by 1 mm', () => {
    const step = (tags: SliceTags) =>
      dicomSeries(
        smallSeries(() => tags, 1),
        'series',
      ).spacing[0];
    expect(step({ '0018,0088': '3' })).toBe(3);
    expect(step({ '0018,0088': '0' })).toBe(2);
    expect(step({ '0018,0050': undefined })).toBe(1);
  });

  it.each(['0008,0016', '0020,000d', '0020,000e', '0020,0052'])('refuses slices without %s', (tag) => {
    expect(refusal((k) => (k === 1 ? { [tag]: undefined } : {}))).toMatch(/^series\/1\.dcm: has no \w+UID, to which/);
  });

  it('refuses several frames in a file, and files without a place', () => {
    expect(refusal(() => ({ '0028,0008': '12' }))).toContain('holds 12 frames in one file');
    for (const tag of ['0020,0032', '0020,0037', '0028,0030']) {
      expect(refusal((k) => (k === 0 ? { [tag]: undefined } : {}))).toMatch(/^series\/0\.dcm: has no patient position/);
    }
    expect(refusal(() => ({ '0020,0032': '1\\2' }))).toContain('has no patient position');
    expect(refusal(() => ({ '0020,0032': '1\\2\\x' }))).toContain('has no patient position');
  });

  it('refuses what images are refused for', () => {
    const odd = (tags: SliceTags) => refusal((k) => (k === 1 ? tags : {}));
    expect(odd({ '0020,0052': '1.2.7' })).toMatch(/\.dcm has another frame of reference \(0020,0052\) than \d\.dcm/);
    expect(odd({ '0020,000e': '1.2.9', '0008,103e': undefined })).toMatch(
      /holds 2 series:\s.*\s.*"number 4", 1\.2\.9: 1 file/,
    );
    const unnamed = { '0008,103e': undefined, '0020,0011': undefined };
    expect(odd({ '0020,000e': '1.2.9', ...unnamed })).toMatch(/\n {2}- 1\.2\.9: 1 file/);
    expect(odd({ '0020,0037': '1\\0\\0\\0\\0\\1' })).toContain('another orientation');
    expect(odd({ '0020,0032': '-10.5\\20\\30' })).toContain('have the same position');
    expect(refusal((k) => ({ '0020,0032': `${4 * k}\\${-1.5 * k}\\${2 * k}` }))).toContain('is sheared');
    expect(refusal(() => ({}), 0)).toContain('contains no slices');
  });

  it('names the file that is no DICOM file', () => {
    const files = [...smallSeries(), { name: 'notes.txt', bytes: Buffer.from('text') }];
    expect(() => dicomSeries(files, 'series/')).toThrow(/^series\/notes\.txt: has no readable DICOM header/);
  });

  it('names a slice of another size', () => {
    const [first, ...rest] = smallSeries();
    const bytes = Buffer.from(first!.bytes);
    bytes.writeUInt16LE(4, bytes.indexOf(Buffer.from([0x28, 0, 0x11, 0, 0x55, 0x53])) + 8);
    expect(() => dicomSeries([{ ...first!, bytes }, ...rest], 'series')).toThrow('2.dcm has another size than 0.dcm');
  });
});
