import { expect, it } from 'vitest';
import { exchangeAxes, turnByQuarters } from './axis-exchange.ts';

const count = (n: number) => Float32Array.from({ length: n }, (_, i) => i);

it.each([
  [
    [2, 3, 2],
    [2, 1, 0],
  ],
  [
    [3, 3, 2],
    [1, 0, 2],
  ],
  [
    [2, 3, 3],
    [0, 2, 1],
  ],
  [
    [2, 2, 2],
    [1, 2, 0],
  ],
])('exchanges the axes of every channel of %j: %j', (shape, from) => {
  const [n0, n1, n2] = shape as [number, number, number];
  const size = n0 * n1 * n2;
  const values = count(2 * size);
  exchangeAxes(values, shape, from);
  for (let i = 0; i < 2 * size; i++) {
    const place = [Math.floor(i / (n1 * n2)) % n0, Math.floor(i / n2) % n1, i % n2];
    // Axis d of the result is axis from[d] of what was there.
    const source = [0, 0, 0];
    for (const d of [0, 1, 2]) source[from[d]!] = place[d]!;
    const at = (source[0]! * n1 + source[1]!) * n2 + source[2]!;
    expect(values[i], `voxel ${i}`).toBe(Math.floor(i / size) * size + at);
  }
});

it.each([
  // NumPy's rot90 of [[0, 1, 2], [3, 4, 5], [6, 7, 8]].
  [0, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  [1, [2, 5, 8, 1, 4, 7, 0, 3, 6]],
  [2, [8, 7, 6, 5, 4, 3, 2, 1, 0]],
  [3, [6, 3, 0, 7, 4, 1, 8, 5, 2]],
])('turns by %i quarters, from the first axis to the second', (turns, expected) => {
  const plane = count(9);
  turnByQuarters(plane, [1, 3, 3], { axes: [1, 2], count: turns });
  expect([...plane]).toEqual(expected);
  // The other way round.
  const back = count(9);
  turnByQuarters(back, [3, 1, 3], { axes: [2, 0], count: (4 - turns) % 4 });
  expect([...back]).toEqual(expected);
});
