import { expect, it } from 'vitest';
import { mirrorAxes } from './mirror.ts';

it.each([[[0]], [[1]], [[2]], [[0, 2]], [[2, 1, 0]], [[]]])('reverses the axes %j of every channel', (axes) => {
  const [n0, n1, n2] = [2, 3, 5];
  const at = (c: number, z: number, y: number, x: number) => ((c * n0 + z) * n1 + y) * n2 + x;
  const values = Float32Array.from({ length: 2 * n0 * n1 * n2 }, (_, i) => i);
  mirrorAxes(values, [n0, n1, n2], axes);
  const flip = (axis: number, i: number, n: number) => ((axes as number[]).includes(axis) ? n - 1 - i : i);
  for (let c = 0; c < 2; c++)
    for (let z = 0; z < n0; z++)
      for (let y = 0; y < n1; y++)
        for (let x = 0; x < n2; x++)
          expect(values[at(c, z, y, x)]).toBe(at(c, flip(0, z, n0), flip(1, y, n1), flip(2, x, n2)));
});
