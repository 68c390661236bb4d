import { expect, it } from 'vitest';
import { type ItkImage, itkFromVolume, volumeFromItk } from './itk-image.ts';

const type = { dimension: 3, componentType: 'int16', pixelType: 'Scalar', components: 1 };
const image = (change: Partial<ItkImage> = {}): ItkImage => ({
  imageType: type,
  name: 'Image',
  origin: [7, 8, 9],
  spacing: [0.5, 0.75, 4],
  direction: Float64Array.of(0, 1, 0, -1, 0, 0, 0, 0, 1),
  size: [3, 2, 1],
  metadata: new Map(),
  data: Int16Array.of(1, 2, 3, 4, 5, 6),
  ...change,
});
const read = (change: Partial<ItkImage> = {}) => volumeFromItk(image(change), 'a');

it('turns sizes and spacings round, and keeps the rest, in memory of its own', () => {
  const given = image();
  const volume = volumeFromItk(given, 'a');
  expect(volume).toEqual({
    data: given.data,
    shape: [1, 2, 3],
    spacing: [4, 0.75, 0.5],
    origin: [7, 8, 9],
    direction: [0, 1, 0, -1, 0, 0, 0, 0, 1],
  });
  expect(volume.data).not.toBe(given.data);
  expect(itkFromVolume(volume)).toMatchObject({ ...given, data: given.data });
  expect(read({ data: BigUint64Array.of(1n, 2n, 3n, 4n, 5n, 2n ** 40n) }).data).toEqual(Float64Array.of(1, 2, 3, 4, 5, 2 ** 40)); // biome-ignore format: a row
});

it('takes a plane for a slice of 1 mm', () => {
  const plane = read({ size: [3, 2], spacing: [0.5, 0.75], origin: [7, 8], direction: [0, -1, 1, 0] });
  expect(plane).toMatchObject({ shape: [1, 2, 3], spacing: [1, 0.75, 0.5], origin: [7, 8, 0] });
  expect(plane.direction).toEqual([0, -1, 0, 1, 0, 0, 0, 0, 1]);
});

it('takes further axes of the length 1', () => {
  const direction = Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const given = { size: [3, 2, 1, 1], spacing: [1, 2, 3, 4], origin: [5, 6, 7, 8], direction };
  expect(read(given)).toMatchObject({ shape: [1, 2, 3], spacing: [3, 2, 1], origin: [5, 6, 7] });
});

it.each<[string, Partial<ItkImage>, RegExp]>([
  ['colours', { imageType: { ...type, components: 3, pixelType: 'RGB' } }, /has 3 numbers per voxel \(colours\)/],
  ['vectors', { imageType: { ...type, components: 2, pixelType: 'Vector' } }, /has 2 numbers per voxel \(Vector\)/],
  ['one axis', { size: [6] }, /has 1 axes: 6/],
  ['four axes', { size: [3, 1, 1, 2] }, /has 4 axes: 3 x 1 x 1 x 2/],
  ['no voxels', { data: null }, /holds 0 voxels instead of 1 x 2 x 3/],
  ['too few voxels', { data: Int16Array.of(1) }, /holds 1 voxels instead of/],
  ['no spacing', { spacing: [1, 0, 1] }, /impossible spacing \(1, 0, 1\)/],
  ['a negative spacing', { spacing: [1, 1, -1] }, /impossible spacing/],
  ['an infinite spacing', { spacing: [Number.POSITIVE_INFINITY, 1, 1] }, /impossible spacing/],
  ['no place', { origin: [Number.NaN, 0, 0] }, /impossible position/],
  ['no direction', { direction: new Array(9).fill(Number.NaN) }, /impossible position/],
  ['skewed axes', { direction: [1, 0.5, 0, 0, 1, 0, 0, 0, 1] }, /not at right angles/],
])('refuses %s', (_, change, message) => {
  expect(() => read(change)).toThrow(message);
});
