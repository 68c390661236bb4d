import { expect, it } from 'vitest';
import type { LoaderPatch } from '../loader-patch.ts';
import { linearBox, transformLinearly } from './spatial-linear.ts';

/** A loader patch of which a row of x is stored, from voxel `lower` on, with the labels of the stage before. */
function rowOf(size: number, values: number[], lower = 0): LoaderPatch {
  return {
    size: [1, 1, size],
    box: { lower: [0, 0, lower], upper: [1, 1, lower + values.length] },
    channels: 1,
    data: Float32Array.from(values),
    seg: Float32Array.from(values, () => 2),
    previous: Float32Array.from(values, () => 3),
  };
}

function transformed(patch: LoaderPatch, width: number, scale: number | null) {
  const filled = () => new Float32Array(width).fill(77);
  const target = { shape: [1, 1, width], channels: 1, data: filled(), seg: filled(), previous: filled() };
  transformLinearly(patch, target, { angles: null, scale }, { inPlane: true });
  return Object.fromEntries(Object.entries(target).map(([key, v]) => [key, v instanceof Float32Array ? [...v] : v]));
}

it('crops around the middle, of an even number of voxels the second one', () => {
  expect(transformed(rowOf(4, [1, 2, 3, 4]), 1, null).data).toEqual([3]);
  expect(transformed(rowOf(4, [1, 2, 3, 4]), 2, null).data).toEqual([2, 3]);
  expect(transformed(rowOf(5, [1, 2, 3, 4, 5]), 2, null).data).toEqual([2, 3]);
  expect(transformed(rowOf(5, [1, 2, 3, 4, 5]), 3, null).data).toEqual([2, 3, 4]);
});

it('pads data with 0 and labels with -1', () => {
  const found = transformed(rowOf(4, [5, 6], 1), 6, null);
  expect(found).toMatchObject({
    data: [0, 0, 5, 6, 0, 0],
    seg: [-1, -1, 2, 2, -1, -1],
    previous: [-1, -1, 3, 3, -1, -1],
  });
});

it('interpolates linearly, down to 0 one voxel beyond the last', () => {
  // Half a voxel apart around the middle of four voxels.
  expect(transformed(rowOf(4, [1, 2, 4, 8]), 4, 0.5).data).toEqual([1.75, 2.5, 3.5, 5]);
  // Two apart: at -1.5, 0.5, 2.5 and 4.5; the first is 1.5 voxels outside.
  const wide = transformed(rowOf(4, [1, 2, 4, 8]), 4, 2);
  expect(wide).toMatchObject({ data: [0, 1.5, 6, 0], seg: [-1, 2, 2, -1], previous: [-1, 3, 3, -1] });
  // At -0.25 and 3.25, a quarter outside.
  expect(transformed(rowOf(4, [1, 2, 4, 8]), 2, 3.5).data).toEqual([0.75, 6]);
  expect(transformed(rowOf(4, [], 0), 4, 2)).toMatchObject({ data: [0, 0, 0, 0], seg: [-1, -1, -1, -1] });
});

it('needs the neighbours of its coordinates alone', () => {
  const sizes = { loaderPatchSize: [1, 20, 20], patchSize: [1, 4, 4] };
  // 9.5 plus and minus 1.5 twice: 6.5 to 12.5, whose neighbours are 6 and 13.
  expect(linearBox({ angles: null, scale: 2 }, sizes, true)).toEqual({ lower: [0, 5, 5], upper: [1, 14, 14] });
  const elsewhere = { angles: null, scale: null, centre: [0, 5.5, 7.5] };
  expect(linearBox(elsewhere, sizes, true)).toEqual({ lower: [0, 4, 6], upper: [1, 8, 10] });
  const crop = { loaderPatchSize: [1, 20, 20], patchSize: [1, 4, 5] };
  expect(linearBox({ angles: null, scale: null }, crop, true)).toEqual({ lower: [0, 8, 8], upper: [1, 12, 13] });
});
