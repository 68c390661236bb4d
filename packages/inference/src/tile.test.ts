import { expect, it } from 'vitest';
import { addFlipped, addWeighted, readTile } from './tile.ts';

const [shape, size] = [
  [1, 2, 5],
  [1, 2, 3],
] as const;

function added(start: [number, number, number], weight: Float32Array | null) {
  const [sums, weights] = [new Float32Array(20), new Float32Array(10)];
  const mean = Float32Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60);
  addWeighted({ mean, weight, channels: 2, tile: { shape, size, start }, sums, weights });
  return [[...sums], [...weights]];
}

it('adds a tile and its weights at its place, and nothing beside it', () => {
  expect(added([0, 0, 1], null)).toEqual([
    [0, 1, 2, 3, 0, 0, 4, 5, 6, 0, 0, 10, 20, 30, 0, 0, 40, 50, 60, 0],
    [0, 1, 1, 1, 0, 0, 1, 1, 1, 0],
  ]);
  expect(added([0, 0, 2], Float32Array.of(1, 2, 3, 0.5, 0.25, 1))).toEqual([
    [0, 0, 1, 4, 9, 0, 0, 2, 1.25, 6, 0, 0, 10, 40, 90, 0, 0, 20, 12.5, 60],
    [0, 0, 1, 2, 3, 0, 0, 0.5, 0.25, 1],
  ]);
});

it('leaves out what lies outside of the image', () => {
  // The second row of the tile and its last column are left.
  expect(added([0, -1, -2], null)).toEqual([
    [6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ]);
  expect(added([0, 1, 4], Float32Array.of(2, 1, 1, 1, 1, 1))).toEqual([
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
  ]);
});

/** A tile of an image of 3 x 4 x 5 voxels, two channels; the box may lie outside on all sides. */
const box = { shape: [3, 4, 5], size: [2, 3, 4] } as const;
const voxel = (c: number, z: number, y: number, x: number) => {
  const [Z, Y, X] = box.shape;
  const inside = z >= 0 && z < Z && y >= 0 && y < Y && x >= 0 && x < X;
  return inside ? 1000 * (c + 1) + 100 * z + 10 * y + x : 0;
};
const source = Float32Array.from({ length: 2 * 60 }, (_, i) => voxel(Math.floor(i / 60), Math.floor(i / 20) % 3, Math.floor(i / 5) % 4, i % 5)); // biome-ignore format: a row
const flips = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];

it('reads a tile voxel by voxel, mirrored, with zeros around the image', () => {
  for (const start of [[0, 0, 0], [1, 1, 1], [-1, 2, -2], [2, -2, 3], [0, 0, -3]] as const) // biome-ignore format: a table
    for (const flip of flips) {
      const target = new Float32Array(7 + 2 * 24).fill(-1);
      readTile({ source, channels: 2, tile: { ...box, start }, flip, target, offset: 7 });
      const at = (n: number, axis: number) => start[axis]! + (flip.includes(axis) ? box.size[axis]! - 1 - n : n);
      const expected: number[] = new Array(7).fill(-1);
      for (let c = 0; c < 2; c++)
        for (let i = 0; i < 2; i++)
          for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) expected.push(voxel(c, at(i, 0), at(j, 1), at(k, 2)));
      expect([...target]).toEqual(expected);
    }
});

it('adds what the network says of a mirrored tile, mirrored back, with its factor', () => {
  const tile = { ...box, start: [0, 1, 1] as const };
  const plain = new Float32Array(48);
  readTile({ source, channels: 2, tile, flip: [], target: plain, offset: 0 });
  for (const flip of flips) {
    const patch = new Float32Array(5 + 48);
    readTile({ source, channels: 2, tile, flip, target: patch, offset: 5 });
    const sum = new Float32Array(48).fill(1);
    addFlipped({ patch, offset: 5, channels: 2, size: box.size, flip, factor: 0.5, sum });
    expect(sum).toEqual(plain.map((value) => 1 + 0.5 * value));
  }
});
