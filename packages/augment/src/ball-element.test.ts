import { expect, it } from 'vitest';
import { ballElement } from './ball-element.ts';

const count = (rows: { from: number; to: number }[]) => rows.reduce((sum, row) => sum + row.to - row.from + 1, 0);

it.each([
  [1, 7],
  [1.5, 8],
  [2, 33],
  [2.5, 56],
])('a ball of radius %d has %i voxels, wherever its centre is', (radius, voxels) => {
  for (const shape of ['centred', 'window'] as const) {
    const { dilating, eroding } = ballElement(radius, shape, false);
    expect([count(dilating), count(eroding)]).toEqual([voxels, voxels]);
  }
});

it('reaches from the lower or the upper of two middle voxels where their number is even', () => {
  const reach = (shape: 'centred' | 'window') => {
    const { dilating, eroding } = ballElement(1.5, shape, false);
    return [dilating, eroding].map((rows) => [Math.min(...rows.map((row) => row.from)), Math.max(...rows.map((row) => row.to))]); // biome-ignore format: a row
  };
  expect(reach('centred')).toEqual([[-1, 0], [-1, 0]]); // biome-ignore format: a row
  // A dilation takes voxel 4 to 3 and 4: both compare with a window from the voxel itself on.
  expect(reach('window')).toEqual([[-1, 0], [0, 1]]); // biome-ignore format: a row
});

it('is a disk in slices, whose points begin at the radius', () => {
  // At -1.2, -0.2, 0.8 and 1.8: within 1.2 are the first three along the middle row, and two by two beside it.
  const { eroding } = ballElement(1.2, 'window', true);
  expect(eroding.every(({ z }) => z === 0)).toBe(true);
  const inRow = new Map(eroding.map(({ y, from, to }) => [y, [from, to]]));
  expect([...inRow]).toEqual([[0, [0, 1]], [1, [0, 1]]]); // biome-ignore format: a row
});
