import { maskShape } from './volume-shape.ts';

/** Three [low, high) pairs, (z, y, x), in voxels. */
export type Box = [[number, number], [number, number], [number, number]];

/**
 * Returns the smallest box that contains every voxel that is nonzero in at least one image (NaN is nonzero); null if
 * all voxels are 0. From v1's cropping.py, create_nonzero_mask and get_bbox_from_mask.
 *
 * @param images arrays of the same shape, row-major
 * @param shape (z, y, x)
 */
export function nonzeroBox(images: readonly ArrayLike<number>[], shape: readonly number[]): Box | null {
  const { nz, ny, nx } = maskShape(shape);
  let [z0, z1, y0, y1, x0, x1] = [nz, -1, ny, -1, nx, -1];
  for (const image of images) {
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        const row = (z * ny + y) * nx;
        let first = 0;
        while (first < nx && image[row + first] === 0) first++;
        if (first === nx) continue;
        let last = nx - 1;
        while (image[row + last] === 0) last--;
        if (z < z0) z0 = z;
        if (z > z1) z1 = z;
        if (y < y0) y0 = y;
        if (y > y1) y1 = y;
        if (first < x0) x0 = first;
        if (last > x1) x1 = last;
      }
    }
  }
  if (z1 < 0) return null;
  return [
    [z0, z1 + 1],
    [y0, y1 + 1],
    [x0, x1 + 1],
  ];
}
