import { expect, it } from 'vitest';
import { CoordinateRows } from './coordinate-rows.ts';

const shape = [3, 4, 5];
const loaderPatchSize = [8, 20, 30];
const placement = { matrix: Float64Array.of(1, 0.2, -0.3, 0.5, 1.1, 0.7, -0.4, 0.6, 0.9), centre: [3.5, 9.25, 14.5] };

/** Displacements along the axes, of volumes or of one slice. */
function displaced(inPlane: boolean) {
  const size = (inPlane ? 1 : 3) * 20;
  const along = [1, 2, 3].map((by) => Float64Array.from({ length: size }, (_, i) => by * Math.sin(i + by)));
  return { along: [inPlane ? null : along[0]!, along[1]!, along[2]!] as const, greatest: [1, 2, 3] as const };
}

it.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])('moves, turns and centres the voxels: in the plane %s, displaced %s', (inPlane, moves) => {
  // In the plane of slices the first axis stays apart.
  const matrix = inPlane ? Float64Array.of(1, 0, 0, 0, 1.1, 0.7, 0, 0.6, 0.9) : placement.matrix;
  const displacement = moves ? displaced(inPlane) : null;
  const grid = { shape, loaderPatchSize, placement: { ...placement, matrix }, displacement, inPlane };
  const rows = new CoordinateRows(grid);
  expect(rows).toMatchObject({ shape, loaderPatchSize, inPlane });
  for (let z = 0; z < 3; z++)
    for (let y = 0; y < 4; y++) {
      rows.fill(z, y);
      for (let x = 0; x < 5; x++) {
        const at = ((inPlane ? 0 : 4 * z) + y) * 5 + x;
        // Around the middle of 3 x 4 x 5 voxels.
        const point = [z - 1, y - 1.5, x - 2].map((p, d) => p + (displacement?.along[d]?.[at] ?? 0));
        const expected = placement.centre.map((c, j) => point.reduce((sum, p, i) => sum + p * matrix[3 * i + j]!, c));
        // The middle three of eight slices are 2, 3 and 4.
        if (inPlane) expected[0] = z + 2;
        const found = [rows.axis0[x]!, rows.axis1[x]!, rows.axis2[x]!];
        for (const d of [0, 1, 2]) expect(found[d], `${z} ${y} ${x}, axis ${d}`).toBeCloseTo(expected[d]!, 12);
      }
    }
});
