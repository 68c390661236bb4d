import { asMatrix3, determinant, type Matrix3, nearestRotation } from './nearest-rotation.ts';
import type { ImageGeometry } from './nifti-geometry.ts';

/**
 * Creates a NIfTI-1 header (348 bytes, little endian) for a geometry, as ITK writes it: the same position as quaternion
 * and as matrix, both with code 1, lengths in mm. Data type and scaling are left 0.
 */
export function headerFromGeometry({
  shape: [nz, ny, nx],
  spacing: [dz, dy, dx],
  origin,
  direction,
}: ImageGeometry): Uint8Array {
  const bytes = new Uint8Array(348);
  const view = new DataView(bytes.buffer);
  const floats = (at: number, values: readonly number[]) => {
    for (const [i, value] of values.entries()) view.setFloat32(at + 4 * i, value, true);
  };
  view.setInt32(0, 348, true);
  bytes[38] = 0x72; // 'r', as Analyze readers expect
  [3, nx, ny, nz, 1, 1, 1, 1].forEach((n, i) => {
    view.setInt16(40 + 2 * i, n, true);
  });
  // From ITK's LPS to NIfTI's RAS: negate the first two rows.
  const [a, b, c, d, e, f, g, h, i] = asMatrix3(direction.map((value, k) => (k < 6 ? -value : value)));
  const [right, front, up] = [-origin[0], -origin[1], origin[2]];
  const [qb, qc, qd, qfac] = quaternionOf([a, b, c, d, e, f, g, h, i]);
  floats(76, [qfac, dx, dy, dz]);
  bytes[123] = 10; // millimetres and seconds
  view.setInt16(252, 1, true);
  view.setInt16(254, 1, true);
  floats(256, [qb, qc, qd, right, front, up]);
  const step = (mm: number, cosine: number) => Math.fround(mm) * Math.fround(cosine);
  floats(280, [step(dx, a), step(dy, b), step(dz, c), right]);
  floats(296, [step(dx, d), step(dy, e), step(dz, f), front]);
  floats(312, [step(dx, g), step(dy, h), step(dz, i), up]);
  return bytes;
}

/**
 * Returns the quaternion (b, c, d; a ≥ 0) and handedness of a rotation matrix, row-major; the third axis is reversed if
 * the matrix contains a reflection.
 */
function quaternionOf(matrix: Matrix3): [b: number, c: number, d: number, qfac: 1 | -1] {
  const nearest = asMatrix3(nearestRotation(matrix));
  const qfac = determinant(nearest) < 0 ? -1 : 1;
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = asMatrix3(
    nearest.map((value, k) => (k % 3 === 2 ? qfac * value : value)),
  );
  // Choosing the largest of the four squares keeps the division stable.
  const squares = [1 + m0 + m4 + m8, 1 + m0 - m4 - m8, 1 - m0 + m4 - m8, 1 - m0 - m4 + m8];
  const largest = Math.max(...squares);
  const s = 2 * Math.sqrt(largest);
  const [x, y, z] = [m7 - m5, m2 - m6, m3 - m1];
  const [xy, xz, yz] = [m3 + m1, m2 + m6, m7 + m5];
  const [qa, qb, qc, qd] = (
    [
      [s / 4, x / s, y / s, z / s],
      [x / s, s / 4, xy / s, xz / s],
      [y / s, xy / s, s / 4, yz / s],
      [z / s, xz / s, yz / s, s / 4],
    ] as const
  )[squares.indexOf(largest)]!;
  const sign = qa < 0 ? -1 : 1;
  return [sign * qb, sign * qc, sign * qd, qfac];
}
