import { expect, it } from 'vitest';
import { axisMatrix, multiplyAxis } from './axis-matrix.ts';

const shape = [2, 3, 4];
const values = Float64Array.from({ length: 24 }, (_, i) => 1 + i * i);
const entry = (i: number, j: number) => 10 * i + j + 1;

it('has the entries of its band alone', () => {
  const band = (i: number) => [i - 1, i + 1] as const;
  const { weights, from, to } = axisMatrix(4, 3, entry, band);
  expect([...from]).toEqual([0, 0, 1, 2]);
  expect([...to]).toEqual([1, 2, 3, 3]);
  expect([...weights]).toEqual([1, 0, 0, 11, 12, 0, 0, 22, 23, 0, 0, 33]);
  expect([...axisMatrix(2, 3, entry).weights]).toEqual([1, 2, 3, 11, 12, 13]);
});

it.each([0, 1, 2])('multiplies every line of axis %i', (axis) => {
  const columns = shape[axis]!;
  for (const matrix of [axisMatrix(5, columns, entry), axisMatrix(2, columns, entry, (i) => [i, i + 2])]) {
    const result = multiplyAxis(values, shape, axis, matrix);
    const [m0, m1, m2] = shape.map((n, d) => (d === axis ? matrix.rows : n)) as [number, number, number];
    expect(result).toHaveLength(m0 * m1 * m2);
    for (let i = 0; i < result.length; i++) {
      const place = [Math.floor(i / (m1 * m2)), Math.floor(i / m2) % m1, i % m2];
      let sum = 0;
      for (let j = 0; j < columns; j++) {
        const [z, y, x] = place.map((at, d) => (d === axis ? j : at)) as [number, number, number];
        sum += matrix.weights[place[axis]! * columns + j]! * values[(z * 3 + y) * 4 + x]!;
      }
      expect(result[i]).toBe(sum);
    }
  }
});
