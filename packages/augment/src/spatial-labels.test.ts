import { expect, it } from 'vitest';
import type { CoordinateRows } from './coordinate-rows.ts';
import { sampleLabels } from './spatial-labels.ts';

/** Samples a loader patch of `size` voxels, of which `labels` are the stored box from `lower`, at points (z, y, x). */
function sample(
  {
    size,
    lower = [0, 0, 0],
    labels,
    padding = 0,
    undecided,
  }: { size: number[]; lower?: number[]; labels: number[][][]; padding?: number; undecided?: number },
  points: number[][],
): number[] {
  const shape = [labels.length, labels[0]!.length, labels[0]![0]!.length];
  const target = new Float32Array(points.length).fill(-9);
  const [axis0, axis1, axis2] = [0, 1, 2].map((axis) => Float64Array.from(points, (point) => point[axis]!));
  const rows = { shape: [1, 1, points.length], axis0, axis1, axis2, fill() {} } as unknown as CoordinateRows;
  const box = { lower, upper: lower.map((at, axis) => at + shape[axis]!) };
  const patch = { size, box } as unknown as Parameters<typeof sampleLabels>[0]['patch'];
  sampleLabels({ patch, labels: Float32Array.from(labels.flat(2)), padding, undecided, target, rows });
  return [...target];
}

it('takes the label that has at least half of the weight, and the larger of two', () => {
  const line = (...labels: number[]) => ({ size: [1, 1, labels.length], labels: [[labels]] });
  const at = (...xs: number[]) => xs.map((x) => [0, 0, x]);
  expect(sample(line(1, 2), at(0, 0.25, 0.5, 0.75, 1))).toEqual([1, 1, 2, 2, 2]);
  expect(sample(line(2, 1), at(0, 0.25, 0.5, 0.75, 1))).toEqual([2, 2, 2, 1, 1]);
  expect(sample(line(0, 3, 0), at(0.49, 0.5, 1.5, 1.51))).toEqual([0, 3, 3, 0]);
  expect(sample(line(-1, -1), at(0, 0.5, 1))).toEqual([-1, -1, -1]);
});

it('takes 0 where none of several labels has half', () => {
  const labels = [
    [
      [1, 2],
      [3, 1],
    ],
  ];
  // At the middle label 1 has half, in two corners; a little away no label has.
  expect(
    sample({ size: [1, 2, 2], labels }, [
      [0, 0.5, 0.5],
      [0, 0.5, 0.4],
      [0, 0.3, 0.5],
    ]),
  ).toEqual([1, 1, 1]);
  const four = [
    [
      [1, 2],
      [3, 4],
    ],
  ];
  expect(
    sample({ size: [1, 2, 2], labels: four }, [
      [0, 0.5, 0.5],
      [0, 0.1, 0.1],
      [0, 0.9, 0.2],
    ]),
  ).toEqual([0, 1, 3]);
  // What lies between them is not annotated as background.
  expect(sample({ size: [1, 2, 2], labels: four, undecided: 9 }, [[0, 0.5, 0.5], [0, 0.1, 0.1]])).toEqual([9, 1]); // biome-ignore format: a line
});

it('has the padding around the stored box, and 0 outside the loader patch', () => {
  const inner = { size: [3, 3, 3], lower: [1, 1, 1], labels: [[[5]]], padding: -1 };
  const points = [
    [1, 1, 1],
    [0, 0, 0],
    [2, 2, 2],
    [1, 1, 1.5],
    [1, 1, 0.4],
    [1, 1.6, 1],
    [0.5, 1, 1],
    [1, 0.5, 1],
    [1, 1, 0.5],
    [1.5, 1, 1],
    [1, 1.5, 1],
  ];
  expect(sample(inner, points)).toEqual([5, -1, -1, 5, -1, -1, 5, 5, 5, 5, 5]);
  const outside = [
    [-0.01, 1, 1],
    [1, 2.01, 1],
    [1, 1, 2.01],
    [1, -0.01, 1],
    [2.01, 1, 1],
    [1, 1, -0.01],
  ];
  expect(sample(inner, outside)).toEqual([0, 0, 0, 0, 0, 0]);
  // Corner points are within: 8 corners each weigh an eighth at the middle of a cube.
  const cube = (...v: number[]) => [
    [v.slice(0, 2), v.slice(2, 4)],
    [v.slice(4, 6), v.slice(6, 8)],
  ];
  const middle = [[0.5, 0.5, 0.5]];
  expect(sample({ size: [2, 2, 2], labels: cube(1, 0, 0, 1, 0, 1, 1, 0) }, middle)).toEqual([1]);
  expect(sample({ size: [2, 2, 2], labels: cube(1, 0, 0, 1, 0, 1, 2, 0) }, middle)).toEqual([0]);
  expect(
    sample({ size: [2, 2, 2], labels: cube(1, 0, 0, 1, 0, 1, 1, 0) }, [
      [0.5, 0.5, 0.25],
      [0.5, 0.25, 0],
      [0.75, 0, 0],
    ]),
  ).toEqual([1, 1, 0]);
});
