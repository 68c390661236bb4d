import { expect, it } from 'vitest';
import { gridShift } from './grid-shift.ts';

const straight = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const at = (change: object) => ({
  shape: [5, 11, 21] as const,
  spacing: [3, 1, 0.5] as const,
  origin: [0, 0, 0] as const,
  direction: straight,
  ...change,
});

it('is the way of the corner that moves most', () => {
  expect(gridShift(at({}), at({}))).toEqual({ mm: 0, voxels: 0 });
  const moved = gridShift(at({ origin: [3, 0, 4] }), at({}));
  expect([moved.mm, moved.voxels]).toEqual([5, 10]);
  // Along z 4 steps of 0.1 mm more, along x 20 steps of 0.01 mm more.
  expect(gridShift(at({ spacing: [3.1, 1, 0.51] }), at({})).mm).toBeCloseTo(Math.hypot(0.4, 0.2), 12);
});

it('sees a flipped axis', () => {
  const flipped = gridShift(at({ direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] }), at({}));
  expect(flipped.mm).toBe(20);
});
