import type { ImageGeometry } from '@nnunet/volume';

/** How far apart two images place the same voxel, at most. */
export interface GeometryShift {
  mm: number;
  /** In units of the smallest spacing of the second image. */
  voxels: number;
}

/**
 * The greatest distance between the world positions that two geometries of the same size give to a voxel. Positions are
 * affine, so that the greatest distance is met at one of the eight corners.
 */
export function geometryShift(a: ImageGeometry, b: ImageGeometry): GeometryShift {
  let largest = 0;
  for (let corner = 0; corner < 8; corner++) {
    const index = b.shape.map((edge, axis) => ((corner >> axis) & 1) * (edge - 1));
    const [p, q] = [worldOf(a, index), worldOf(b, index)];
    largest = Math.max(largest, Math.hypot(p[0]! - q[0]!, p[1]! - q[1]!, p[2]! - q[2]!));
  }
  return { mm: largest, voxels: largest / Math.min(...b.spacing) };
}

/** World position (x, y, z), mm, of the voxel `index` (z, y, x). */
function worldOf({ origin, direction, spacing }: ImageGeometry, index: readonly number[]): number[] {
  return [0, 1, 2].map(
    (row) =>
      origin[row]! +
      [0, 1, 2].reduce(
        (sum, column) => sum + direction[3 * row + column]! * spacing[2 - column]! * index[2 - column]!,
        0,
      ),
  );
}
