import { expect, it } from 'vitest';
import { softmaxInCropBox } from './softmax-in-crop-box.ts';

const properties = {
  original_size_of_raw_data: [1, 3, 4],
  original_spacing: [1, 1, 1],
  size_after_cropping: [1, 2, 2],
  crop_bbox: [
    [0, 1],
    [1, 3],
    [2, 4],
  ] as [number, number][],
};

it('cuts whole images to the crop box, and leaves cropped ones', () => {
  const whole = { data: Float32Array.from({ length: 24 }, (_, i) => i), shape: [2, 1, 3, 4] };
  const cut = softmaxInCropBox(whole, properties);
  expect(cut.shape).toEqual([2, 1, 2, 2]);
  expect([...cut.data]).toEqual([6, 7, 10, 11, 18, 19, 22, 23]);
  expect(softmaxInCropBox(cut, properties)).toBe(cut);
  expect(softmaxInCropBox(whole, { ...properties, crop_bbox: null })).toBe(whole);
});
