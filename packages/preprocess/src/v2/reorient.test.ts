import type { Volume } from '@nnunet/volume';
import { describe, expect, it } from 'vitest';
import { inverseOrientation, keepsOrientation, orientationToRas, reorient, reorientArray } from './reorient.ts';

/** 2 x 3 x 4 voxels whose values are their numbers. Columns of the direction: the LPS axes of x, y and z. */
function volume(x: number[], y: number[], z: number[]): Volume {
  const direction = [0, 1, 2].flatMap((world) => [x[world]!, y[world]!, z[world]!]);
  const data = Float32Array.from({ length: 24 }, (_, i) => i);
  return { data, shape: [2, 3, 4], spacing: [3, 2, 1.5], origin: [10, -20, 30], direction };
}

/** World position of every voxel value. */
function positions({ data, shape, spacing, origin, direction }: Volume): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (let z = 0, i = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++, i++) {
        const step = [x * spacing[2], y * spacing[1], z * spacing[0]];
        found.set(
          data[i]!,
          origin.map((o, w) => o + step.reduce((sum, s, a) => sum + direction[3 * w + a]! * s, 0)),
        );
      }
  return found;
}

describe.each<[string, Volume]>([
  ['LPS', volume([1, 0, 0], [0, 1, 0], [0, 0, 1])],
  ['axes in another order, one backwards', volume([0, 0, -1], [1, 0, 0], [0, 1, 0])],
  ['oblique', volume([0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1])],
])('an image with the axes %s', (_, image) => {
  const orientation = orientationToRas(image);
  const turned = reorient(image, orientation);

  it('is turned to RAS', () => {
    expect(keepsOrientation(orientation)).toBe(false);
    // Right is against LPS's x, front against its y.
    expect([turned.direction[0]! < 0, turned.direction[4]! < 0, turned.direction[8]! > 0]).toEqual([true, true, true]);
    expect(keepsOrientation(orientationToRas(turned))).toBe(true);
  });

  it('keeps every voxel at its place in the patient', () => {
    const after = positions(turned);
    for (const [value, place] of positions(image))
      for (const [axis, mm] of after.get(value)!.entries()) expect(mm).toBeCloseTo(place[axis]!, 9);
  });

  it('is turned back', () => {
    expect(reorientArray(turned.data, turned.shape, inverseOrientation(orientation))).toEqual(image.data);
  });
});

it('leaves an image in RAS alone', () => {
  const image = volume([-1, 0, 0], [0, -1, 0], [0, 0, 1]);
  expect(reorient(image, orientationToRas(image))).toBe(image);
});
