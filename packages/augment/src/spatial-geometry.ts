import type { DisplacementField } from './displacement.ts';
import { rotationMatrix } from './patch-size.ts';

/** The coordinate transform of one sample; a centre crop if everything is null. */
export interface SpatialTransform {
  /** Angles in rad about axes 0, 1 and 2; a single angle for in-plane transforms. */
  angles: readonly number[] | null;
  /** Values above 1 show more of the image. One value per axis (y, x for in-plane transforms), or one for all axes. */
  scale: number | readonly number[] | null;
  /** Whether each axis is scaled before it is rotated (nnU-Net v2), instead of afterwards (v1). Default: false. */
  scaledFirst?: boolean;
  /** Elastic deformation, applied before rotation and scaling. */
  displacement?: DisplacementField | null;
  /** Centre of the result in voxels of the loader patch, per axis. Default: the centre of the loader patch. */
  centre?: readonly number[] | null;
}

/** Reach of an order 3 coefficient in voxels: the spline's pole to this power is 1e-8. */
export const SPLINE_REACH = 14;

/** Half-open box of voxels. */
export interface VoxelBox {
  lower: number[];
  upper: number[];
}

/** Row-vector matrix (3 × 3, row-major) and centre that map a grid point around zero to loader-patch voxels. */
export interface Placement {
  matrix: Float64Array;
  centre: readonly number[];
}

/** Source and target size of a spatial transform, (z, y, x). */
export interface SpatialSizes {
  loaderPatchSize: readonly number[];
  patchSize: readonly number[];
}

/**
 * Computes where output voxels lie in the loader patch: rotated and scaled, then moved to the centre (v1:
 * batchgenerators' augment_spatial). `inPlane` leaves axis 0 unchanged and rotates by the first angle.
 */
export function place(transform: SpatialTransform, loaderPatchSize: readonly number[], inPlane: boolean): Placement {
  let m = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  if (transform.angles && inPlane) {
    const r = rotationMatrix(2, 0, transform.angles[0]!);
    m = [
      [1, 0, 0],
      [0, ...r[0]!],
      [0, ...r[1]!],
    ];
  } else if (transform.angles) {
    m = multiply(
      multiply(rotationMatrix(3, 0, transform.angles[0]!), rotationMatrix(3, 1, transform.angles[1]!)),
      rotationMatrix(3, 2, transform.angles[2]!),
    );
  }
  const scales = scalePerAxis(transform.scale, inPlane);
  const axisOf = (i: number) => (transform.scaledFirst ? Math.floor(i / 3) : i % 3);
  const matrix = Float64Array.from(m.flat(), (v, i) =>
    inPlane && (i < 3 || i % 3 === 0) ? v : v * scales[axisOf(i)]!,
  );
  return { matrix, centre: transform.centre ?? loaderPatchSize.map((n) => n / 2 - 0.5) };
}

function scalePerAxis(scale: SpatialTransform['scale'], inPlane: boolean): readonly number[] {
  if (scale === null || typeof scale === 'number') return new Array<number>(3).fill(scale ?? 1);
  return inPlane ? [1, ...scale.slice(-2)] : scale;
}

export function isIdentity(transform: SpatialTransform): boolean {
  return transform.angles === null && transform.scale === null && !transform.displacement;
}

/** First voxel of the crop around the centre; negative if the patch is larger than its source. */
export function cropStart(
  { loaderPatchSize, patchSize }: SpatialSizes,
  centre: SpatialTransform['centre'] = null,
): number[] {
  return patchSize.map((n, d) =>
    centre === null ? Math.floor((loaderPatchSize[d]! - n) / 2) : Math.round(centre[d]! - (n - 1) / 2),
  );
}

/**
 * Returns the box of loader-patch voxels that influence the result by more than about 1e-8 of the intensities; only
 * these need to be read. It lies within [0, loader patch) and contains at least the voxels at an edge beyond which the
 * result extends.
 *
 * @param interpolation `reach`: voxels around a coordinate's two neighbours that count too; `start`: first voxel of a
 *   crop. Default: those of cubic splines
 */
export function influenceBox(
  transform: SpatialTransform,
  sizes: SpatialSizes,
  inPlane: boolean,
  { reach: around, start }: { reach: number; start: number[] } = {
    reach: SPLINE_REACH + 2,
    start: cropStart(sizes, transform.centre),
  },
): VoxelBox {
  const { loaderPatchSize, patchSize } = sizes;
  let lower: number[];
  let upper: number[];
  if (isIdentity(transform)) {
    lower = start;
    upper = lower.map((start, d) => start + patchSize[d]!);
  } else {
    const { matrix, centre } = place(transform, loaderPatchSize, inPlane);
    const moved = transform.displacement?.greatest ?? [0, 0, 0];
    const reach = [0, 1, 2].map((j) =>
      [0, 1, 2].reduce((sum, i) => sum + Math.abs(matrix[3 * i + j]!) * ((patchSize[i]! - 1) / 2 + moved[i]!), 0),
    );
    const margin = (d: number) => (inPlane && d === 0 ? 0 : around);
    const within = (v: number, d: number) =>
      inPlane && d === 0 ? v : Math.min(Math.max(v, 0), loaderPatchSize[d]! - 1);
    lower = centre.map((c, d) => within(Math.floor(c - reach[d]!), d) - margin(d));
    upper = centre.map((c, d) => within(Math.floor(c + reach[d]!), d) + 1 + margin(d));
  }
  return {
    lower: lower.map((v, d) => Math.min(Math.max(v, 0), loaderPatchSize[d]!)),
    upper: upper.map((v, d) => Math.min(Math.max(v, 0), loaderPatchSize[d]!)),
  };
}

function multiply(a: number[][], b: number[][]): number[][] {
  return a.map((row) => row.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)));
}
