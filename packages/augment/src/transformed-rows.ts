import { CoordinateRows } from './coordinate-rows.ts';
import type { LoaderPatch } from './loader-patch.ts';
import { place, type SpatialTransform } from './spatial-geometry.ts';

/** Returns where the voxels of a target of this shape, (z, y, x), lie in a loader patch that is transformed to it. */
export function transformedRows(
  { size }: Pick<LoaderPatch, 'size'>,
  shape: readonly number[],
  transform: SpatialTransform,
  inPlane: boolean,
): CoordinateRows {
  const { displacement = null } = transform;
  const placement = place(transform, size, inPlane);
  return new CoordinateRows({ shape, loaderPatchSize: size, placement, displacement, inPlane });
}
