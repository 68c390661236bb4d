import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { resampleData, resampleLabels } from './resample.ts';
import { resize } from './resize.ts';
import { resizeSegmentation } from './resize-segmentation.ts';
import { resampledShape, separateAxis } from './separate-z.ts';

it('keeps a constant image constant, down to axes of one voxel', () => {
  for (const order of [0, 1, 3] as const) {
    const out = resize(new Float64Array(1 * 2 * 3).fill(7), [1, 2, 3], [4, 5, 2], order);
    expect([...out]).toEqual(new Array(40).fill(7));
  }
});

it('clips the overshoot of splines to the range of the input', () => {
  const step = Float64Array.from([0, 0, 0, 1, 1, 1]);
  const out = resize(step, [1, 6], [1, 23], 3);
  expect(Math.min(...out)).toBe(0);
  expect(Math.max(...out)).toBe(1);
});

it('clips each slice by itself where slices are resized apart', () => {
  const data = Float64Array.from([0, 0, 0, 1, 1, 1, 5, 5, 9, 9, 5, 5]);
  const out = resampleData(data, { shape: [2, 1, 6], newShape: [2, 1, 11], order: 3, separateAxis: 0 });
  expect(Math.max(...out.subarray(0, 11))).toBe(1);
  expect(Math.min(...out.subarray(11))).toBe(5);
  const joint = resampleData(data, { shape: [2, 1, 6], newShape: [2, 1, 11], order: 3 });
  expect(Math.max(...joint.subarray(0, 11))).toBeGreaterThan(1);
});

it('leaves a voxel that no label reaches at 0, and lets the larger label win a tie', () => {
  // halving: each output voxel is the mean of four
  const four = Float32Array.from([1, 2, 3, 4]);
  expect([...resizeSegmentation(four, [2, 2], [1, 1], 1)]).toEqual([0]);
  expect([...resizeSegmentation(Float32Array.from([1, 1, 3, 3]), [2, 2], [1, 1], 1)]).toEqual([3]);
  expect([...resizeSegmentation(Float32Array.from([-1, -1, -1, 3]), [2, 2], [1, 1], 1)]).toEqual([-1]);
});

it('agrees with thresholding each resized label map', () => {
  const shape = [5, 9, 8] as const;
  const labels = new Float64Array(360);
  for (let i = 0; i < 360; i++) labels[i] = ((i * 7919) % 13) % 4 === 0 ? -1 : ((i * 31) % 17) % 3;
  for (const order of [1, 3] as const) {
    const newShape = [7, 6, 11];
    const expected = new Float64Array(7 * 6 * 11);
    for (const label of [-1, 0, 1, 2]) {
      const map = resize(
        labels.map((v) => (v === label ? 1 : 0)),
        shape,
        newShape,
        order,
      );
      for (let i = 0; i < map.length; i++) if (map[i]! >= 0.5) expected[i] = label;
    }
    expect(resizeSegmentation(labels, shape, newShape, order)).toEqual(expected);
  }
});

it('copies an image that has the shape already', () => {
  const data = Float32Array.from([Number.NaN, 1, 2, 3]);
  expect(resampleData(data, { shape: [1, 2, 2], newShape: [1, 2, 2], order: 3 })).toEqual(data);
  expect(resampleLabels(data, { shape: [1, 2, 2], newShape: [1, 2, 2], order: 1 })).toEqual(data);
});

it('picks the odd slices when it halves an axis by the nearest rule', () => {
  const from = (n: number, m: number) => [
    ...resize(
      Float64Array.from({ length: n }, (_, i) => i),
      [n, 1],
      [m, 1],
      0,
    ),
  ];
  expect(from(8, 4)).toEqual([1, 3, 5, 7]);
  expect(from(9, 3)).toEqual([1, 4, 7]);
  expect(from(5, 2)).toEqual([1, 3]);
});

it('rounds the shape half to even and finds the separate axis', () => {
  expect(resampledShape([10, 5, 5], [1, 1, 1], [2, 2, 0.4])).toEqual([5, 2, 12]);
  expect(separateAxis([3, 1, 1], [1, 1, 1])).toBeNull();
  expect(separateAxis([1, 3.01, 1], [1, 1, 1])).toBe(1);
  expect(separateAxis([1, 1, 1], [1, 1, 4])).toBe(2);
  expect(separateAxis([0.3, 1.25, 1.25], [1, 1, 4])).toBeNull();
  expect(separateAxis([5, 1, 1], [1, 1, 1], false)).toBeNull();
  expect(separateAxis([1.1, 1, 1], [1, 1, 1], true)).toBe(0);
});

it('takes images of two or three axes alone, of positive whole sizes that fit', () => {
  const small = new Float32Array(6);
  for (const [shape, newShape] of [
    [[6], [4]],
    [
      [1, 1, 2, 3],
      [1, 1, 4, 4],
    ],
    [
      [2, 3],
      [4, 0],
    ],
    [
      [2, 3],
      [4, 1.5],
    ],
    [
      [2, 3],
      [-4, 4],
    ],
    [
      [2, 4],
      [4, 4],
    ],
  ] as const) {
    expect(() => resize(small, shape, newShape, 1)).toThrow(/cannot be resampled/);
  }
  expect(resize(small, [2, 3], [4, 4], 1)).toBeInstanceOf(Float32Array);
  expect(resize(new Float64Array(6), [1, 2, 3], [2, 4, 4], 1)).toBeInstanceOf(Float64Array);
});

it('says what is wrong with a shape', () => {
  let error: unknown;
  try {
    resize(new Float32Array(5), [2, 3], [4, 4], 1);
  } catch (e) {
    error = e;
  }
  expect(isNnUNetError(error, 'bad-shape')).toBe(true);
});
