import { numpyRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { addCounts, sortedCounts, valueAt } from './value-counts.ts';

const of = (values: number[], counts: number[]) => sortedCounts(Float32Array.from(values), Uint32Array.from(counts));
const pairs = ({ values, counts }: ReturnType<typeof of>) => [...values].map((value, i) => [value, counts[i]]);

it('sorts values, adds equal ones and leaves out those that do not occur', () => {
  expect(pairs(of([3, -1, 2.5, -1, 0, -70000, 7], [1, 2, 3, 4, 5, 6, 0]))).toEqual([
    [-70000, 6],
    [-1, 6],
    [0, 5],
    [2.5, 3],
    [3, 1],
  ]);
  expect(pairs(of([], []))).toEqual([]);
});

it('sorts as numbers are sorted', () => {
  const random = numpyRandom(3);
  const values = Float32Array.from({ length: 5000 }, () => (random.uniform() - 0.5) * 10 ** (6 * random.uniform()));
  const { values: sorted } = sortedCounts(values, new Uint32Array(5000).fill(1));
  expect(sorted).toEqual(new Float32Array(new Set(values.slice().sort())));
});

it('joins lists', () => {
  const joined = addCounts(of([1, 2, 4], [1, 1, 1]), of([2, 3, 5, 6], [5, 6, 7, 8]));
  expect(pairs(joined)).toEqual([
    [1, 1],
    [2, 6],
    [3, 6],
    [4, 1],
    [5, 7],
    [6, 8],
  ]);
  expect([0, 1, 6, 7, 28].map((place) => valueAt(joined, place))).toEqual([1, 2, 2, 3, 6]);
  expect(() => valueAt(joined, 29)).toThrow('29 values');
});
