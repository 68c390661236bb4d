import { expect, it } from 'vitest';
import { sampleClassLocations } from './class-locations.ts';

/** Flat places of drawn voxels. */
const placesOf = (drawn: Int32Array, [, ny, nx]: readonly number[]) =>
  Array.from(
    { length: drawn.length / 3 },
    (_, i) => (drawn[3 * i]! * ny! + drawn[3 * i + 1]!) * nx! + drawn[3 * i + 2]!,
  );

it("draws voxels in the order of NumPy's shuffle with v1's seed", () => {
  // numpy.random.RandomState(1234).permutation(30000) begins with 13125, 14635, 19429, 4381, 7659
  const shape = [3, 100, 100];
  const { 1: drawn } = sampleClassLocations(new Float32Array(30_000).fill(1), shape, [1]);
  expect([...drawn!.subarray(0, 6)]).toEqual([1, 31, 25, 1, 46, 35]);
  expect(placesOf(drawn!, shape).slice(0, 5)).toEqual([13125, 14635, 19429, 4381, 7659]);
});

it('finds the voxels of each class, in the order of the plans, and none of others', () => {
  const shape = [2, 3, 4];
  const labels = Float32Array.from({ length: 24 }, (_, i) => [0, 5, 2, -1, 1, Number.NaN, 7][i % 7]!);
  const found = sampleClassLocations(labels, shape, [5, 2, 3]);
  expect(Object.keys(found)).toEqual(['2', '3', '5']);
  const sorted = (label: number) => placesOf(found[label]!, shape).sort((a, b) => a - b);
  expect(sorted(5)).toEqual([1, 8, 15, 22]);
  expect(sorted(2)).toEqual([2, 9, 16, 23]);
  expect(found[3]).toHaveLength(0);
});

it.each([
  [9999, 9999],
  [10_001, 10_000],
  [1_000_000, 10_000],
  [1_000_001, 10_001],
])('of %i voxels draws %i', (voxels, count) => {
  const found = sampleClassLocations(new Float32Array(voxels).fill(2), [1, 1, voxels], [2]);
  expect(found[2]).toHaveLength(3 * count);
});

it('takes the voxels of a region label by label, and draws nothing for what is absent', () => {
  const labels = Float32Array.from([2, 1, -1, 2, 0, 1]);
  const shape = [1, 1, 6];
  const places = (classes: (number | number[])[]) =>
    Object.fromEntries(
      Object.entries(sampleClassLocations(labels, shape, classes)).map(([key, drawn]) => [key, placesOf(drawn, shape)]),
    );
  // numpy.random.RandomState(1234): permutation(4) is 0 1 2 3, and then permutation(2) is 1 0
  expect(places([7, [1, 2], 2])).toEqual({ 7: [], '1,2': [1, 5, 0, 3], 2: [3, 0] });
  expect(places([[2, 1]])['2,1']).toEqual([0, 3, 1, 5]);
  expect(places([[-1, 0]])['-1,0']).toHaveLength(2);
});
