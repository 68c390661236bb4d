import { expect, it } from 'vitest';
import type { CoordinateRows } from '../coordinate-rows.ts';
import { sampleLabelsByVote } from './labels-linear.ts';

/** There is one row. */
const eachRow = (visit: (first: number) => void) => visit(0);
type Patch = Parameters<typeof sampleLabelsByVote>[0]['patch'];

/** Samples a row of labels from voxel `lower` of a loader patch at these places. */
function sampleRow(labels: number[], places: number[], lower = 0): number[] {
  const target = new Float32Array(places.length).fill(-9);
  const axis = new Float64Array(places.length);
  const rows = { axis0: axis, axis1: axis, axis2: Float64Array.from(places), eachRow };
  const box = { lower: [0, 0, lower], upper: [1, 1, lower + labels.length] };
  const patch = { box } as unknown as Patch;
  sampleLabelsByVote({ patch, labels: Float32Array.from(labels), target, rows: rows as unknown as CoordinateRows });
  return [...target];
}

it('takes the label of most weight', () => {
  expect(sampleRow([2, 1], [0, 0.49, 0.51, 1])).toEqual([2, 2, 1, 1]);
  expect(sampleRow([0, 3, 3, 0], [0.4, 0.6, 1.5, 2.4])).toEqual([0, 3, 3, 3]);
});

it('settles ties by the nearest voxel, of two the even one, wherever the stored box begins', () => {
  // Halfway between voxels 0 and 1 the even one is the left, between 1 and 2 the right.
  expect(sampleRow([2, 1, 2], [0.5, 1.5])).toEqual([2, 2]);
  expect(sampleRow([2, 1, 2], [1.5, 2.5], 1)).toEqual([1, 1]);
});

/** The label within a square of four voxels, at (t, t), or within a cube of eight, at (t, t, t). */
function inSquare(labels: number[], t: number): number {
  const place = Float64Array.of(t);
  const cube = labels.length === 8;
  const rows = { axis0: cube ? place : Float64Array.of(0), axis1: place, axis2: place, eachRow };
  const patch = { box: { lower: [0, 0, 0], upper: [cube ? 2 : 1, 2, 2] } } as unknown as Patch;
  const target = new Float32Array(1);
  sampleLabelsByVote({ patch, labels: Float32Array.from(labels), target, rows: rows as unknown as CoordinateRows });
  return target[0]!;
}

it('takes the label of the nearest voxel of several, and the least where it has none of them', () => {
  // Labels 3 and 5 each have two opposite corners of a cube, which weigh 0.45 · 0.55 together; the nearest has 0.55³.
  expect(inSquare([7, 8, 3, 5, 5, 3, 9, 10], 0.45)).toBe(3);
  expect(inSquare([7, 8, 5, 3, 3, 5, 9, 10], 0.45)).toBe(3);
  // In the middle all weigh a quarter; the nearest, even voxel is the first.
  expect(inSquare([7, 5, 3, 9], 0.5)).toBe(7);
  // Two labels of two voxels, each with half of the weight: the nearest has one of them.
  expect(inSquare([7, 5, 5, 7], 0.5)).toBe(7);
  // Two voxels with 0.1875 each beside one of 0.5625 and one of 0.0625.
  expect(inSquare([7, 5, 5, 3], 0.25)).toBe(7);
});

it('counts what differs by less than half floats show as alike', () => {
  // At a third, the first voxel weighs 4 / 9, and so do the second and third together. Times 1000, half floats are a
  // quarter apart there: only what is further away shows.
  expect([1 / 3 - 1e-5, 1 / 3 + 1e-5, 1 / 3 + 1e-3].map((t) => inSquare([1, 2, 2, 9], t))).toEqual([1, 1, 2]);
});

it('fades into -1 outside the stored box', () => {
  expect(sampleRow([4, 4], [-1.2, -0.6, -0.4, 1.4, 1.6, 9])).toEqual([-1, -1, 4, 4, -1, -1]);
});
