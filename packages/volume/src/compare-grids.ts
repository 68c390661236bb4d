import { asMatrix3 } from './nearest-rotation.ts';
import type { ImageGeometry } from './nifti-geometry.ts';
import type { Triple } from './volume.ts';

/** Below this distance of voxels, in voxels of the finest axis, two grids are the same. */
export const SAME_GRID = 0.01;
/** From this distance on two images lie at different places. */
export const OTHER_GRID = 0.5;

export interface GridRule {
  /** v1's rule instead: origin, spacing and direction must agree within 1e-8 + 1e-5·|b|. */
  strict?: boolean;
}

/**
 * - `same`: no difference that is worth a word;
 * - `close`: numbers differ, but voxels lie less than {@link SAME_GRID} apart;
 * - `shifted`: less than {@link OTHER_GRID} apart;
 * - `elsewhere`: further apart, or by v1's rule different;
 * - `resized`: of other sizes, so that there are no pairs of voxels.
 */
export type GridAgreement = 'same' | 'close' | 'shifted' | 'elsewhere' | 'resized';

export interface GridComparison {
  agreement: GridAgreement;
  /** What differs in number, by v1's tolerance. */
  differences: GeometryDifference[];
  /** null for `resized`. */
  shift: GridShift | null;
}

/**
 * The one rule for two images that should cover the same voxels: how far apart they place them. A direction that differs
 * in its last digit is no other place, and a spacing that differs by little is one in a long image.
 */
export function compareGrids(a: ImageGeometry, b: ImageGeometry, { strict = false }: GridRule = {}): GridComparison {
  const differences = geometryDifferences(a, b);
  if (differences.includes('size')) return { agreement: 'resized', differences, shift: null };
  const shift = gridShift(a, b);
  return { agreement: agreementOf(shift, differences, strict), differences, shift };
}

function agreementOf({ voxels }: GridShift, differences: readonly string[], strict: boolean): GridAgreement {
  if (strict) return differences.length === 0 ? 'same' : 'elsewhere';
  // NaN is no small distance.
  if (!(voxels < OTHER_GRID)) return 'elsewhere';
  if (voxels >= SAME_GRID) return 'shifted';
  return differences.length === 0 ? 'same' : 'close';
}

/** "origin and direction: voxels lie up to 3 mm (1 voxels) apart". */
export function comparisonInWords({ differences, shift }: GridComparison): string {
  const names = differences.length === 0 ? 'position' : differences.join(', ').replace(/, (\w+)$/, ' and $1');
  return shift === null ? names : `${names}: voxels lie ${shiftInWords(shift)} apart`;
}

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

/** |a − b| ≤ 1e-8 + 1e-5·|b| for every entry, as numpy.allclose. */
function close(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) <= 1e-8 + 1e-5 * Math.abs(b[i]!));
}

/** What differs between two geometries. */
export type GeometryDifference = 'origin' | 'spacing' | 'direction' | 'size';

/** Names of what differs between two images, empty where they have the same geometry (v1's verify_same_geometry). */
export function geometryDifferences(a: ImageGeometry, b: ImageGeometry): GeometryDifference[] {
  const differences: GeometryDifference[] = [];
  if (!close(a.origin, b.origin)) differences.push('origin');
  if (!close(a.spacing, b.spacing)) differences.push('spacing');
  if (!close(a.direction, b.direction)) differences.push('direction');
  if (!close(a.shape, b.shape)) differences.push('size');
  return differences;
}

/** True where origin, spacing, direction and size of two images agree within 1e-8 + 1e-5·|b|. */
export function sameGeometry(a: ImageGeometry, b: ImageGeometry): boolean {
  return geometryDifferences(a, b).length === 0;
}
