import type { ImageGeometry } from './nifti-geometry.ts';

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
