import { expect, it } from 'vitest';
import { LinearTiles } from './linear-tiles.ts';
import { resampleData } from './resample.ts';

const shape = [6, 9, 7];
const data = Float64Array.from({ length: 6 * 9 * 7 }, (_, i) => Math.sin(i * i * 0.37) * 50 + (i % 7));

it.each([
  { newShape: [13, 20, 11], order: 1 },
  { newShape: [4, 20, 5], order: 1 },
  { newShape: [13, 5, 11], order: 1 },
  { newShape: [6, 9, 15], order: 1 },
  { newShape: [13, 20, 11], order: 0 },
  { newShape: [13, 20, 11], order: 1, separateAxis: 0 },
  { newShape: [13, 20, 11], order: 1, separateAxis: 1 },
] as const)('makes boxes of what is made as a whole: $newShape, order $order, apart $separateAxis', (given) => {
  const options = { shape, ...given };
  const whole = resampleData(data, options);
  const [nz, ny, nx] = given.newShape;
  const tiles = new LinearTiles(options);
  const bound = { greatest: 0, notNegative: true };
  for (const size of [
    [nz, ny, nx],
    [2, 3, 4],
    [1, 1, 1],
  ] as const) {
    const start = [nz - size[0], ny - size[1], nx > size[2] ? 1 : 0] as const;
    tiles.use({ start, size });
    tiles.bound(data, bound);
    const tile = tiles.tile(data);
    let least = Number.POSITIVE_INFINITY;
    for (let z = 0, at = 0; z < size[0]; z++)
      for (let y = 0; y < size[1]; y++)
        for (let x = 0; x < size[2]; x++, at++) {
          expect(tile[at]).toBe(whole[((start[0] + z) * ny + start[1] + y) * nx + start[2] + x]);
          least = Math.min(least, tile[at]!);
          expect(tile[at]! - bound.greatest).toBeLessThan(1e-12);
        }
    if (least < 0) expect(bound.notNegative).toBe(false);
  }
});

it('has no tiles of splines', () => {
  expect(LinearTiles.possible({ shape, newShape: shape, order: 1 })).toBe(true);
  expect(LinearTiles.possible({ shape, newShape: shape, order: 3 })).toBe(false);
  expect(LinearTiles.possible({ shape, newShape: shape, order: 1, separateAxis: 0, orderZ: 3 })).toBe(false);
});
