import { expect, it } from 'vitest';
import { sliceOfAllClasses } from './plot-overlays.ts';

it('takes the first slice with the largest mean share of the classes', () => {
  // Label 1 has most voxels in slice 0; slice 1 has half of it and all of label 2.
  const labels = [1, 1, 1, 1, 1, 1, 2, -1, 0, 0, 0, 0];
  expect(sliceOfAllClasses(labels, [3, 2, 2])).toBe(1);
  expect(sliceOfAllClasses([1, 0, 1, 0], [2, 1, 2])).toBe(0);
  expect(sliceOfAllClasses([0, 0, -1, 0], [2, 1, 2])).toBe(0);
});
