import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { preparedArray } from './prepared-array.ts';

function refusal(spacing: number[], newShape: number[]): string {
  try {
    preparedArray(2, { shape: [1, 100, 90], spacing, newShape, newSpacing: [1, 1, 1] }, 'case_7');
  } catch (error) {
    if (isNnUNetError(error, 'bad-case')) return error.message;
  }
  return '';
}

it('names the case of which no voxel would be left, or more than there can be', () => {
  expect(refusal([Math.fround(0.1), 1, 1], [0, 100, 90])).toMatch(
    /^case_7: is too thin .*: 1 x 100 x 90 voxels at 0\.1 x 1 x 1 mm become 0 x 100 x 90 at 1 x 1 x 1 mm .*\n {2}Remove/,
  );
  expect(refusal([1000, 1000, 1000], [1000, 100_000, 90_000])).toMatch(
    /^case_7: is too large .*become 1000 x 100000 x 90000 at .*\n {2}Correct the spacing/,
  );
});

it('gives zeros for all channels', () => {
  const resampling = { shape: [2, 2, 2], spacing: [1, 1, 1], newShape: [2, 3, 4], newSpacing: [1, 1, 1] };
  expect(preparedArray(2, resampling, 'a')).toEqual(new Float32Array(48));
});
