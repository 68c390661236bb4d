import { isNnUNetError } from '@nnunet/errors';
import type { PreparedTestCase } from '@nnunet/preprocess';
import { describe, expect, it } from 'vitest';
import { withPreviousStage } from './previous-stage.ts';

/** An image of 2 x 4 x 3 voxels of which [0, 2) x [1, 3) x [0, 3) was kept, axes turned by [1, 0, 2]. */
const prepared: PreparedTestCase = {
  id: 'case',
  data: new Float32Array(2 * 2 * 3).fill(9),
  shape: [1, 2, 2, 3],
  mask: new Float32Array(12),
  properties: {
    original_size_of_raw_data: [2, 4, 3],
    original_spacing: [1, 1, 1],
    list_of_data_files: [],
    seg_file: null,
    itk_origin: [0, 0, 0],
    itk_spacing: [1, 1, 1],
    itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    crop_bbox: [
      [0, 2],
      [1, 3],
      [0, 3],
    ],
    classes: [],
    size_after_cropping: [2, 2, 3],
  },
};
const options = { transposeForward: [1, 0, 2], classes: [1, 2] };

describe('withPreviousStage', () => {
  it('crops and turns the labels as the image, and shows one channel per class', () => {
    const labels = new Uint8Array(24);
    labels[(0 * 4 + 2) * 3 + 1] = 2;
    labels[(1 * 4 + 1) * 3 + 2] = 1;
    labels[0] = 1;
    const { data, shape } = withPreviousStage(prepared, { data: labels, shape: [2, 4, 3] }, options);
    expect(shape).toEqual([3, 2, 2, 3]);
    const set = [...data.keys()].filter((i) => data[i] === 1);
    // (y, z, x) within the box: label 1 at (0, 1, 2), label 2 at (1, 0, 1).
    expect(set).toEqual([12 + (0 * 2 + 1) * 3 + 2, 24 + (1 * 2 + 0) * 3 + 1]);
    expect(data.subarray(0, 12)).toEqual(prepared.data);
  });

  it('refuses labels of another image', () => {
    let error: unknown;
    try {
      withPreviousStage(prepared, { data: new Uint8Array(12), shape: [2, 2, 3] }, options);
    } catch (e) {
      error = e;
    }
    expect(isNnUNetError(error, 'bad-previous-stage')).toBe(true);
  });
});
