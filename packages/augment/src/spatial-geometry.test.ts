import { expect, it } from 'vitest';
import { influenceBox } from './spatial-geometry.ts';

// Around (49.5, 99.5, 149.5): half of the patch is 4, 8 and 16 voxels; a spline reaches 16 further.
const sizes = { loaderPatchSize: [100, 200, 300], patchSize: [9, 17, 33] };
const box = (lower: number[], upper: number[]) => ({ lower, upper });

it('reads what a scaled, a moved and a turned patch reaches, and what the splines need around it', () => {
  const twice = { angles: null, scale: 2 };
  expect(influenceBox(twice, sizes, false)).toEqual(box([25, 67, 101], [74, 132, 198]));
  const displacement = { greatest: [1, 2, 3] } as never;
  expect(influenceBox({ ...twice, displacement }, sizes, false)).toEqual(box([23, 63, 95], [76, 136, 204]));
  const quarter = { angles: [Math.PI / 2, 0, 0], scale: null };
  expect(influenceBox(quarter, sizes, false)).toEqual(box([29, 67, 125], [70, 132, 174]));
  const centre = [20, 100, 149.5];
  expect(influenceBox({ ...twice, centre }, sizes, false)).toEqual(box([0, 68, 101], [45, 133, 198]));
});

it('reads whole slices one by one within the plane, and a mere crop as it is', () => {
  const flat = { angles: [0], scale: [2, 2] };
  expect(influenceBox(flat, sizes, true)).toEqual(box([45, 67, 101], [54, 132, 198]));
  const nothing = { angles: null, scale: null };
  expect(influenceBox(nothing, sizes, false)).toEqual(box([45, 91, 133], [54, 108, 166]));
  expect(influenceBox({ ...nothing, centre: [2, 100, 290] }, sizes, false)).toEqual(box([0, 92, 274], [7, 109, 300]));
});
