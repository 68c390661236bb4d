import { describe, expect, it } from 'vitest';
import { tileBytes, tilesPay } from './decide-by-tiles.ts';
import { bytesPerVoxel, decideLabels } from './decide-labels.ts';
import { type Softmax, SoftmaxPlanes } from './softmax.ts';

const kept = { newShape: [2, 1, 2], order: 1, orderZ: 0, separateAxis: null } as const;

/** Labels of two planes of two voxels, in slabs of one or both. */
function decided(classes: number[][], regionClassOrder: readonly number[] | null = null): number[][] {
  const softmax: Softmax = { data: Float32Array.from(classes.flat()), shape: [classes.length, 2, 1, 2] };
  const results = [1, 2].map((planes) => {
    const labels: number[] = [];
    const slabs = { planes, coefficientBytes: 0, bytes: 0 };
    decideLabels(softmax, kept, { slabs, regionClassOrder }, (plane, k) => {
      expect(labels).toHaveLength(2 * k);
      labels.push(...plane);
    });
    return labels;
  });
  expect(results[0]).toEqual(results[1]);
  return [results[0]!.slice(0, 2), results[0]!.slice(2)];
}

describe('labels', () => {
  it('are the most probable class, the lowest of equal ones, in float32', () => {
    expect(
      decided([
        [0.2, 0.5, 0.1, 0],
        [0.3, 0.5, 0.1, 0],
        [0.1, 0, 0.8, 0],
      ]),
    ).toEqual([
      [1, 0],
      [2, 0],
    ]);
    // They differ beyond what float32 holds.
    expect(
      decided([
        [0.1, 0, 0, 0],
        [0.1 + 1e-10, 0, 0, 1e-30],
      ]),
    ).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });

  it('are the last region above one half, in the order of the list', () => {
    expect(
      decided(
        [
          [0.6, 0.6, 0.5, 0.4],
          [0.51, 0.5, 0.49, 0],
        ],
        [7, 3],
      ),
    ).toEqual([
      [3, 7],
      [0, 0],
    ]);
    // Regions without a label, and labels without a region, count for nothing.
    expect(
      decided(
        [
          [0.6, 0, 0, 0],
          [0.9, 0.9, 0.9, 0.9],
        ],
        [7],
      ),
    ).toEqual([
      [7, 0],
      [0, 0],
    ]);
    expect(decided([[0.6, 0, 0, 0]], [7, 3])).toEqual([
      [7, 0],
      [0, 0],
    ]);
  });
});

it('takes tiles where linear resampling does not shrink, and then holds labels alone', () => {
  const of = (newShape: readonly number[], more = {}) => ({ shape: [4, 5, 6], newShape, order: 1, ...more }) as const;
  const shapes: [options: Parameters<typeof tilesPay>[0], tiles: boolean][] = [
    [of([4, 5, 6]), false],
    [of([5, 5, 6]), true],
    [of([6, 5, 4]), true],
    [of([3, 5, 6]), false],
    [of([119, 1, 1]), false],
    [of([120, 1, 1]), true],
    [of([8, 5, 6], { order: 3 }), false],
    [of([8, 5, 6], { order: 0 }), true],
    [of([8, 5, 6], { separateAxis: 0, orderZ: 3 }), false],
  ];
  for (const [options, tiles] of shapes) {
    expect(tilesPay(options)).toBe(tiles);
    expect(bytesPerVoxel(options, null)).toBe(tiles ? 1 : 5);
    expect(bytesPerVoxel(options, [1])).toBe(1);
  }
  // Two buffers of float64 and scores and label of the widest tile: 16 x 16 x 32 voxels, or what they are made of.
  expect(tileBytes(of([8, 10, 12]))).toBe(21 * 16 * 16 * 32);
  expect(tileBytes(of([2, 10, 3]))).toBe(21 * (32 + 2) * 16 * (64 + 2));
  expect(tileBytes(of([4, 3, 6]))).toBe(21 * 18 * (27 + 2) * 34);
});

it('makes planes of one class after the other, clipped, kept or resampled at once', () => {
  const data = Float32Array.from({ length: 2 * 60 }, (_, i) => Math.sin(i * i));
  const softmax = { data, shape: [2, 3, 4, 5] };
  const same = new SoftmaxPlanes(softmax, { ...kept, newShape: [3, 4, 5] });
  same.use(1, 2);
  expect([...same.plane(2)]).toEqual([...data.subarray(60 + 40)]);
  same.use(0, 2);
  expect([...same.plane(1)]).toEqual([...data.subarray(20, 40)]);
  for (const resampling of [
    { newShape: [7, 6, 9], order: 3, orderZ: 0, separateAxis: null },
    { newShape: [7, 6, 9], order: 3, orderZ: 1, separateAxis: 0 },
  ] as const) {
    const planes = new SoftmaxPlanes(softmax, resampling);
    planes.use(0, 6);
    const first = [...planes.plane(3)];
    planes.use(1, 6);
    const second = [...planes.plane(3)];
    planes.use(0, 6);
    expect([...planes.plane(3)]).toEqual(first);
    const alone = new SoftmaxPlanes({ data: data.subarray(60), shape: [1, 3, 4, 5] }, resampling);
    alone.use(0, 3);
    expect([...alone.plane(3)]).toEqual(second);
  }
});
