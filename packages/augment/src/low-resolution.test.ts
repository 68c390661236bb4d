import { expect, it } from 'vitest';
import { simulateLowResolution } from './low-resolution.ts';

const line = (n: number) => Float32Array.from({ length: n }, (_, i) => i);

// Values of batchgeneratorsv2 0.3.6 with torch 2.15.
it.each([
  // Half way between two voxels: the middle one of 29 is the 16th of 30.
  [30, 29 / 30, 14, [13.5167, 14.9667, 16.45]],
  // 17 voxels: in float32 0.7 times 25 is less than 17.5.
  [25, 0.7, 12, [12, 12.68, 13.72]],
])('loses resolution as torch does: %i voxels, zoom %f', (n, zoom, at, expected) => {
  const values = line(n);
  simulateLowResolution(values, [1, n], { zoom, keptAxes: [0], order: 1 });
  expected.forEach((value, i) => {
    expect(values[at + i]).toBeCloseTo(value, 4);
  });
});

it('halves to an even size as v1 does, in float64', () => {
  const [coarse, finer] = [line(25), line(25)];
  // 17.5 voxels
  simulateLowResolution(coarse, [1, 25], { zoom: 0.7, keptAxes: [0] });
  simulateLowResolution(finer, [1, 25], { zoom: 18 / 25, keptAxes: [0] });
  expect(coarse).toEqual(finer);
});
