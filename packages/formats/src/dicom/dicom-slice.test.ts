import { expect, it } from 'vitest';
import type { ItkImage } from '../itk-image.ts';
import { dicomSlice } from './dicom-slice.ts';

const tags = {
  '0020|000e': '1.2.3 ',
  '0008|103e': 'Venous',
  '0020|0011': '4',
  '0020|0013': ' 7',
  '0020|0052': '1.2.9 ',
  '0020|0032': '1.5\\-2\\3',
  '0020|0037': '1\\0\\0\\0\\1\\0',
  '0018|0050': '2.5',
  '0028|0030': '0.75\\0.5 ',
};
const image = (change: Record<string, unknown> = {}, more: Partial<ItkImage> = {}): ItkImage => ({
  imageType: { dimension: 3, componentType: 'int16', pixelType: 'Scalar', components: 1 },
  name: '',
  origin: [9, 9, 9],
  // ITK's own geometry, which it makes up where the file has none
  spacing: [7, 8, -9],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  size: [3, 2, 1],
  metadata: new Map(Object.entries({ ...tags, ...change }).filter(([, value]) => value !== undefined)),
  data: Int16Array.of(1, 2, 3, 4, 5, 6),
  ...more,
});
const slice = (change: Record<string, unknown> = {}) => dicomSlice(image(change), 'a.dcm', 'f/a.dcm');

it('takes the place, the series and the number from the tags', () => {
  expect(slice()).toEqual({
    name: 'a.dcm',
    series: '1.2.3',
    title: 'Venous',
    frameOfReference: '1.2.9',
    position: [1.5, -2, 3],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    spacing: [2.5, 0.75, 0.5],
    instance: 7,
    rows: 2,
    columns: 3,
    data: Int16Array.of(1, 2, 3, 4, 5, 6),
  });
});

it('takes the distance of slices before their thickness, and 1 mm before none', () => {
  const thickness = (change: object) => slice(change as Record<string, unknown>).spacing[0];
  expect(thickness({ '0018|0088': '3' })).toBe(3);
  for (const wrong of ['0', '-3', 'x', '']) expect(thickness({ '0018|0088': wrong })).toBe(2.5);
  expect(thickness({ '0018|0050': undefined })).toBe(1);
});

it('calls a series by its number where it has no description', () => {
  expect(slice({ '0008|103e': undefined }).title).toBe('number 4');
  expect(slice({ '0008|103e': ' ', '0020|0011': undefined }).title).toBe('');
  expect(slice({ '0020|0013': undefined }).instance).toBeNaN();
});

it.each([
  ['1\\2', undefined],
  ['1\\2\\x', undefined],
  ['1\\2\\', undefined],
  [undefined, undefined],
  ['1\\2\\3', '1\\0\\0'],
  ['1\\2\\3', 'none'],
])('refuses a slice without a place: %s, %s', (position, orientation) => {
  const change = { '0020|0032': position, ...(orientation && { '0020|0037': orientation }) };
  expect(() => slice(change)).toThrow(/f\/a\.dcm: has no patient position, orientation or pixel spacing/);
});

it('refuses several frames in one file', () => {
  const frames = image({}, { size: [3, 1, 2] });
  expect(() => dicomSlice(frames, 'a', 'f/a')).toThrow(/holds 2 frames in one file/);
});
