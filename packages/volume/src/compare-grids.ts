import { asMatrix3 } from './nearest-rotation.ts';
import type { ImageGeometry } from './nifti-geometry.ts';
import type { Triple } from './volume.ts';

/** Grids whose voxels are less than this far apart are the same, in voxels of the finest axis. */
export const SAME_GRID = 0.01;
/** Images whose voxels are at least this far apart lie at different places, in voxels of the finest axis. */
export const OTHER_GRID = 0.5;

export interface GridRule {
  /** Use v1's rule instead: origin, spacing and direction must agree within 1e-8 + 1e-5·|b|. Default: false. */
  strict?: boolean;
}

/**
 * How well two grids agree:
 * - `same`: no relevant difference;
 * - `close`: numbers differ, but voxels are less than {@link SAME_GRID} apart;
 * - `shifted`: voxels are less than {@link OTHER_GRID} apart;
 * - `elsewhere`: voxels are further apart, or differ by v1's rule;
 * - `resized`: the sizes differ, so voxels cannot be compared.
 */
export type GridAgreement = 'same' | 'close' | 'shifted' | 'elsewhere' | 'resized';

export interface GridComparison {
  agreement: GridAgreement;
  /** Properties that differ, by v1's tolerance. */
  differences: GeometryDifference[];
  /** null for `resized`. */
  shift: GridShift | null;
}

/**
 * Compares the grids of two images that should cover the same voxels, by how far apart corresponding voxels are. A
 * direction that differs only in its last digit is thus no shift, whereas a slightly different spacing is one in a long
 * image.
 */
export function compareGrids(a: ImageGeometry, b: ImageGeometry, { strict = false }: GridRule = {}): GridComparison {
  const differences = geometryDifferences(a, b);
  if (differences.includes('size')) return { agreement: 'resized', differences, shift: null };
  const shift = gridShift(a, b);
  return { agreement: agreementOf(shift, differences, strict), differences, shift };
}

function agreementOf({ voxels }: GridShift, differences: readonly string[], strict: boolean): GridAgreement {
  if (strict) return differences.length === 0 ? 'same' : 'elsewhere';
  // NaN does not count as a small distance.
  if (!(voxels < OTHER_GRID)) return 'elsewhere';
  if (voxels >= SAME_GRID) return 'shifted';
  return differences.length === 0 ? 'same' : 'close';
}

/** Describes a comparison, e.g. "origin and direction: voxels lie up to 3 mm (1 voxels) apart". */
export function comparisonInWords({ differences, shift }: GridComparison): string {
  const names = differences.length === 0 ? 'position' : differences.join(', ').replace(/, (\w+)$/, ' and $1');
  return shift === null ? names : `${names}: voxels lie ${shiftInWords(shift)} apart`;
}

/** Maximum distance between corresponding voxels of two images. */
export interface GridShift {
  mm: number;
  /** In voxels of the finest axis of either image. */
  voxels: number;
}

/**
 * Returns the largest distance between the world positions of corresponding voxels in two geometries of the same size.
 * Positions are affine, so the maximum occurs at one of the eight corners.
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

/** Formats the distance with three digits. */
export function shiftInWords({ mm, voxels }: GridShift): string {
  return `up to ${Number(mm.toPrecision(3))} mm (${Number(voxels.toPrecision(3))} voxels)`;
}

/** World position (x, y, z) in mm of the voxel `index` (z, y, x). */
function worldOf({ origin, direction, spacing: [dz, dy, dx] }: ImageGeometry, [z, y, x]: Triple): Triple {
  const [a, b, c, d, e, f, g, h, i] = asMatrix3(direction);
  const along = (cx: number, cy: number, cz: number) => cx * dx * x + cy * dy * y + cz * dz * z;
  return [origin[0] + along(a, b, c), origin[1] + along(d, e, f), origin[2] + along(g, h, i)];
}

/** Whether |a − b| ≤ 1e-8 + 1e-5·|b| for every entry, like numpy.allclose. */
function close(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) <= 1e-8 + 1e-5 * Math.abs(b[i]!));
}

/** A property in which two geometries differ. */
export type GeometryDifference = 'origin' | 'spacing' | 'direction' | 'size';

/**
 * Returns the properties in which two images differ; empty if they have the same geometry (v1's verify_same_geometry).
 */
export function geometryDifferences(a: ImageGeometry, b: ImageGeometry): GeometryDifference[] {
  const differences: GeometryDifference[] = [];
  if (!close(a.origin, b.origin)) differences.push('origin');
  if (!close(a.spacing, b.spacing)) differences.push('spacing');
  if (!close(a.direction, b.direction)) differences.push('direction');
  if (!close(a.shape, b.shape)) differences.push('size');
  return differences;
}

/** Whether origin, spacing, direction and size of two images agree within 1e-8 + 1e-5·|b|. */
export function sameGeometry(a: ImageGeometry, b: ImageGeometry): boolean {
  return geometryDifferences(a, b).length === 0;
}
