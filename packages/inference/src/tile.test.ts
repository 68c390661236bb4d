import { expect, it } from 'vitest';
import { addWeighted } from './tile.ts';

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
