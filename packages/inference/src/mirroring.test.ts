import { expect, it } from 'vitest';
import { mirrorVersions } from './mirroring.ts';

it('lists the versions in the order of v1, the last axis changing fastest', () => {
  expect(mirrorVersions([0, 1, 2])).toEqual([[], [2], [1], [1, 2], [0], [0, 2], [0, 1], [0, 1, 2]]);
  expect(mirrorVersions([0, 1])).toEqual([[], [1], [0], [0, 1]]);
  expect(mirrorVersions([])).toEqual([[]]);
});
