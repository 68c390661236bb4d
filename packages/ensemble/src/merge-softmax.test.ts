import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { cropSoftmax, mergeSoftmax, SoftmaxMean } from './merge-softmax.ts';
import { commonRegionOrder, type StoredProperties } from './region-order.ts';

const member = (...values: number[]) => ({ data: Float32Array.from(values), shape: [1, 1, 1, values.length] });
const tagOf = (run: () => unknown): string => {
  try {
    return String(run());
  } catch (error) {
    return isNnUNetError(error) ? error.tag : String(error);
  }
};

it('rounds members and mean to half floats, ties to even', () => {
  // expected values: sums and quotients in C floats, halves by Python's struct format 'e'
  const { data, dtype } = mergeSoftmax([member(0.1, 0.3333, 2049), member(0.2, 0.3335, 1), member(0.4, 0.3336, 1)]);
  expect([...data]).toEqual([0.2332763671875, 0.33349609375, 683.5]);
  expect(dtype).toBe('float16');
});

it('runs the example of the README', () => {
  const mean = mergeSoftmax([
    { data: Float32Array.of(0.5, 0.5), shape: [2, 1, 1, 1] },
    { data: Float32Array.of(0.25, 0.75), shape: [2, 1, 1, 1] },
  ]);
  expect([...mean.data]).toEqual([0.375, 0.625]);
});

it('keeps the whole mean when asked to', () => {
  const { data } = mergeSoftmax([member(0.1), member(0.2)], { precision: 'float32' });
  expect(data[0]).toBe(Math.fround(Math.fround(Math.fround(0.1) + Math.fround(0.2)) / 2));
});

it('leaves its members as they are, and rounds a single one', () => {
  const only = member(0.1, 0.9);
  expect([...mergeSoftmax([only]).data]).toEqual([0.0999755859375, 0.89990234375]);
  expect([...only.data]).toEqual([...Float32Array.of(0.1, 0.9)]);
  const half = { ...member(0.5, 0.25), dtype: 'float16' };
  mergeSoftmax([half, half, half]);
  expect([...half.data]).toEqual([0.5, 0.25]);
});

it('refuses an empty list, other sizes and arrays that are not probabilities', () => {
  expect(tagOf(() => mergeSoftmax([]))).toBe('no-members');
  expect(tagOf(() => mergeSoftmax([member(1), member(1, 0)]))).toBe('shape-mismatch');
  expect(tagOf(() => new SoftmaxMean().add({ data: new Float32Array(2), shape: [2] }))).toBe('bad-shape');
  expect(tagOf(() => new SoftmaxMean().add({ data: new Float32Array(2), shape: [1, 1, 1, 3] }))).toBe('bad-shape');
});

it('cuts the crop box out of probabilities of the whole image', () => {
  const whole = { data: Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => i), shape: [2, 3, 4, 5] };
  const properties = {
    original_size_of_raw_data: [3, 4, 5],
    original_spacing: [1, 1, 1],
    size_after_cropping: [2, 2, 3],
    crop_bbox: [
      [1, 3],
      [2, 4],
      [1, 4],
    ] as [number, number][],
  };
  const cropped = cropSoftmax(whole, properties);
  expect(cropped.shape).toEqual([2, 2, 2, 3]);
  expect([...cropped.data.subarray(0, 6)]).toEqual([31, 32, 33, 36, 37, 38]);
  expect(cropped.data[12]).toBe(91);
  expect(cropSoftmax(cropped, properties)).toBe(cropped);
  // (z, y, x) of the last voxel of the box: 2, 3, 3
  expect(cropped.data.at(-1)).toBe(((1 * 3 + 2) * 4 + 3) * 5 + 3);
  expect(cropSoftmax(whole, { ...properties, crop_bbox: undefined })).toBe(whole);
  expect(cropSoftmax(whole, { ...properties, size_after_cropping: [3, 4, 5] })).toBe(whole);
});

it('takes regions only where all members have the same', () => {
  const regions = (order?: number[]) => ({ regions_class_order: order }) as unknown as StoredProperties;
  expect(commonRegionOrder([regions(), regions()])).toBeNull();
  expect(commonRegionOrder([regions([1, 2]), regions([1, 2])])).toEqual([1, 2]);
  expect(tagOf(() => commonRegionOrder([regions([1, 2]), regions([2, 1])]))).toBe('different-regions');
  expect(tagOf(() => commonRegionOrder([regions(), regions([2, 1])]))).toBe('different-regions');
});
