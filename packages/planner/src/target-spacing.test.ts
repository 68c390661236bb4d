import { expect, it } from 'vitest';
import { anisotropicTargetSpacing, COARSE_AND_THIN } from './target-spacing.ts';

it('takes the tenth percentile on an axis more than three times coarser and shorter than both others', () => {
  // Of eleven cases, the median is the sixth value in order, and the tenth percentile the second.
  const target = (second: number, middle: number, size: number[]) => {
    const column = [second - 0.1, second, ...new Array<number>(9).fill(middle)];
    const spacings = column.map((z) => [z, 1, 0.9]);
    return anisotropicTargetSpacing(spacings, new Array(11).fill(size), 50, COARSE_AND_THIN);
  };
  expect(target(2, 3.01, [20, 61, 61])).toEqual([2, 1, 0.9]);
  expect(target(2, 3, [20, 61, 61])).toEqual([3, 1, 0.9]);
  expect(target(2, 3.01, [20, 60, 61])).toEqual([3.01, 1, 0.9]);
  // Not finer than the other axes.
  expect(target(1, 3.01, [20, 61, 61])).toEqual([1, 1, 0.9]);
  expect(target(0.5, 3.01, [20, 61, 61])).toEqual([1.00001, 1, 0.9]);
});
