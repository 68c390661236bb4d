import type { Triple } from '@nnunet/volume';
import { expect, it } from 'vitest';
import { placeAxes } from './raw-layout.ts';

const place = (steps: readonly Triple[], sizes = [4, 3, 2], origin: Triple = [7, 8, 9]) =>
  placeAxes(
    steps.map((step, i) => ({ step, size: sizes[i]! })),
    origin,
    'a',
  );

it('gives spacing and direction of axes by their steps', () => {
  expect(place([[0, 0.6, 0.8], [-2, 0, 0], [0, -2.4, 1.8]])).toMatchObject({ shape: [2, 3, 4], spacing: [3, 2, 1], origin: [7, 8, 9] }); // biome-ignore format: a row
  const { direction } = place([[0, 0.6, 0.8], [-2, 0, 0], [0, -2.4, 1.8]]); // biome-ignore format: a row
  [0, -1, 0, 0.6, 0, -0.8, 0.8, 0, 0.6].forEach((value, i) => {
    expect(direction[i]).toBeCloseTo(value, 12);
  });
});

it('stands a missing third axis, 1 mm thick, upright on the others', () => {
  // (x × z) = -y
  expect(
    place([
      [2, 0, 0],
      [0, 0, 3],
    ]),
  ).toEqual({
    // biome-ignore format: a row
    shape: [1, 3, 4],
    spacing: [1, 3, 2],
    origin: [7, 8, 9],
    direction: [1, 0, 0, 0, 0, -1, 0, 1, 0],
    planar: true,
  });
});

it('refuses impossible axes', () => {
  const three = [[1, 0, 0], [0, 1, 0], [0, 0, 1]] as const; // biome-ignore format: a table
  expect(() => place([[1, 0, 0]])).toThrow(/has 1 axes: 4/);
  expect(() => place([...three, [0, 0, 1]], [4, 3, 2, 5])).toThrow(/has 4 axes: 4 x 3 x 2 x 5/);
  for (const sizes of [[0, 1, 1], [1.5, 1, 1], [-1, 1, 1], [2 ** 25, 2 ** 25, 1], [1, 1, Number.NaN]]) // biome-ignore format: a table
    expect(() => place(three, sizes)).toThrow(/impossible size/);
  // 8 bytes a voxel are counted exactly up to 2^53.
  expect(place(three, [2 ** 25, 2 ** 24, 1]).shape).toEqual([1, 2 ** 24, 2 ** 25]);
  expect(() => place(three, [2 ** 25, 2 ** 24, 2])).toThrow(/impossible size/);
  for (const step of [[0, 0, 0], [0, 0, Number.NaN], [0, 0, Number.POSITIVE_INFINITY]] as const) // biome-ignore format: a table
    expect(() => place([three[0], three[1], step])).toThrow(/impossible spacing/);
  expect(() => place(three, [4, 3, 2], [0, Number.NaN, 0])).toThrow(/impossible position/);
  expect(() => place([three[0], three[1], [0.5, 0, 1]])).toThrow(/not at right angles/);
});
