import type { ImageGeometry } from './nifti-geometry.ts';

/** How far apart two images place the same voxel, at most. */
export interface GridShift {
  mm: number;
  /** In voxels of the finest axis of either image. */
  voxels: number;
}

/**
 * The greatest distance between the world positions that two geometries of the same size give to a voxel. Positions are
 * affine, so that the greatest distance is met at one of the eight corners.
 */
export function gridShift(a: ImageGeometry, b: ImageGeometry): GridShift {
  let largest = 0;
  for (let corner = 0; corner < 8; corner++) {
    const index = b.shape.map((edge, axis) => ((corner >> axis) & 1) * (edge - 1));
    const [p, q] = [worldOf(a, index), worldOf(b, index)];
    largest = Math.max(largest, Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
  }
  return { mm: largest, voxels: largest / Math.min(...a.spacing, ...b.spacing) };
}

/** The distance with three digits. */
export function shiftInWords({ mm, voxels }: GridShift): string {
  return `up to ${Number(mm.toPrecision(3))} mm (${Number(voxels.toPrecision(3))} voxels)`;
}

/** World position (x, y, z), mm, of the voxel `index` (z, y, x). */
function worldOf({ origin, direction, spacing }: ImageGeometry, index: readonly number[]): number[] {
  return [0, 1, 2].map(
    (row) =>
      origin[row] +
      [0, 1, 2].reduce((sum, column) => sum + direction[3 * row + column] * spacing[2 - column] * index[2 - column], 0),
  );
}
