import { expect, it } from 'vitest';
import { countEvaluations, placeTiles, tilesOf } from './place-tiles.ts';
import type { Tile } from './tile.ts';

it('counts evaluations as they are placed', () => {
  for (const [imageSize, patchSize] of [
    [
      [40, 50, 60],
      [16, 20, 24],
    ],
    [
      [3, 50, 7],
      [16, 20, 24],
    ],
    [
      [9, 50, 60],
      [20, 24],
    ],
  ] as const) {
    for (const stepSize of [0.3, 0.5, 1]) {
      const placement = { imageSize, patchSize, stepSize, mirrorAxes: [0, 1] };
      expect(countEvaluations(placement)).toBe(4 * placeTiles(placement).starts.length);
    }
  }
});

it('counts more tiles than could be listed', () => {
  // (100000 - 10) / 5 + 1 along each axis.
  expect(countEvaluations({ imageSize: [1e5, 1e5, 1e5], patchSize: [10, 10, 10], stepSize: 0.5 })).toBe(19999 ** 3);
});

it('places tiles evenly, around an image that is smaller than the patch', () => {
  // Along y 2 voxels are padded, 1 below; along x three tiles of 4 cover 9.
  const placed = placeTiles({ imageSize: [4, 2, 9], patchSize: [4, 4, 4], stepSize: 1, mirrorAxes: [0, 2] });
  expect(placed).toEqual({
    size: [4, 4, 4],
    starts: [[0, -1, 0], [0, -1, 2], [0, -1, 5]],
    tilesPerImage: 3,
    mirrorAxes: [0, 2],
  }); // biome-ignore format: a table
});

it('shows a 2D network every slice, whose axes are those behind the first', () => {
  const placed = placeTiles({ imageSize: [2, 4, 7], patchSize: [4, 5], stepSize: 0.5, mirrorAxes: [0, 1] });
  expect(placed).toEqual({
    size: [1, 4, 5],
    starts: [[0, 0, 0], [0, 0, 2], [1, 0, 0], [1, 0, 2]],
    tilesPerImage: 2,
    mirrorAxes: [1, 2],
  }); // biome-ignore format: a table
});

it('takes steps of half a patch, and no mirrored versions, if not told otherwise', () => {
  const given = { imageSize: [4, 4, 8], patchSize: [4, 4, 4] } as const;
  expect(placeTiles(given)).toMatchObject({ starts: [[0, 0, 0], [0, 0, 2], [0, 0, 4]], mirrorAxes: [] }); // biome-ignore format: a row
  expect(countEvaluations(given)).toBe(3);
});

it('leaves out tiles that are not wanted, and refuses data of another size', () => {
  const options = {
    data: new Float32Array(2 * 4 * 4 * 8),
    shape: [2, 4, 4, 8] as const,
    patchSize: [4, 4, 4],
    classes: 1,
    predictPatches: async (patches: Float32Array) => patches,
  };
  const seen: Tile[] = [];
  const keepTile = (tile: Tile) => seen.push(tile) !== 2;
  expect(tilesOf({ ...options, keepTile }).starts).toEqual([[0, 0, 0], [0, 0, 4]]); // biome-ignore format: a row
  expect(seen[1]).toEqual({ shape: [4, 4, 8], start: [0, 0, 2], size: [4, 4, 4] });
  expect(() => tilesOf({ ...options, shape: [1, 4, 4, 8] })).toThrow(
    /256 values do not fill an image of shape 1 x 4 x 4 x 8/,
  );
});
