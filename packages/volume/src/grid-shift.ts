import { asMatrix3 } from './nearest-rotation.ts';
import type { ImageGeometry } from './nifti-geometry.ts';
import type { Triple } from './volume.ts';

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
    const [nz, ny, nx] = b.shape;
    const index = [(corner & 1) * (nz - 1), ((corner >> 1) & 1) * (ny - 1), ((corner >> 2) & 1) * (nx - 1)] as const;
    const [[px, py, pz], [qx, qy, qz]] = [worldOf(a, index), worldOf(b, index)];
    largest = Math.max(largest, Math.hypot(px - qx, py - qy, pz - qz));
  }
  return { mm: largest, voxels: largest / Math.min(...a.spacing, ...b.spacing) };
}

/** The distance with three digits. */
export function shiftInWords({ mm, voxels }: GridShift): string {
  return `up to ${Number(mm.toPrecision(3))} mm (${Number(voxels.toPrecision(3))} voxels)`;
}

/** World position (x, y, z), mm, of the voxel `index` (z, y, x). */
function worldOf({ origin, direction, spacing: [dz, dy, dx] }: ImageGeometry, [z, y, x]: Triple): Triple {
  const [a, b, c, d, e, f, g, h, i] = asMatrix3(direction);
  const along = (cx: number, cy: number, cz: number) => cx * dx * x + cy * dy * y + cz * dz * z;
  return [origin[0] + along(a, b, c), origin[1] + along(d, e, f), origin[2] + along(g, h, i)];
}
