import { determinant, nearestRotation } from './nearest-rotation.ts';
import type { ImageGeometry } from './nifti-geometry.ts';

/**
 * A NIfTI-1 header (348 bytes, little endian) that places voxels as a geometry says, the way ITK writes it: the same
 * position as quaternion and as matrix, both with code 1, lengths in mm. Data type and scaling are left 0.
 */
export function headerFromGeometry({ shape, spacing, origin, direction }: ImageGeometry): Uint8Array {
  const bytes = new Uint8Array(348);
  const view = new DataView(bytes.buffer);
  const float = (at: number, value: number) => view.setFloat32(at, value, true);
  view.setInt32(0, 348, true);
  bytes[38] = 0x72; // 'r', as Analyze readers expect
  [3, shape[2], shape[1], shape[0], 1, 1, 1, 1].forEach((n, i) => {
    view.setInt16(40 + 2 * i, n, true);
  });
  // ITK's LPS to NIfTI's RAS: the first two rows turn around
  const ras = direction.map((value, i) => (i < 6 ? -value : value));
  const [b, c, d, qfac] = quaternionOf(ras);
  [qfac, spacing[2], spacing[1], spacing[0]].forEach((value, i) => {
    float(76 + 4 * i, value);
  });
  bytes[123] = 10; // millimetres and seconds
  view.setInt16(252, 1, true);
  view.setInt16(254, 1, true);
  const offset = [-origin[0], -origin[1], origin[2]];
  [b, c, d, ...offset].forEach((value, i) => {
    float(256 + 4 * i, value);
  });
  for (let row = 0; row < 3; row++) {
    for (let axis = 0; axis < 3; axis++) {
      float(280 + 16 * row + 4 * axis, Math.fround(spacing[2 - axis]) * Math.fround(ras[3 * row + axis]));
    }
    float(292 + 16 * row, offset[row]);
  }
  return bytes;
}

/** Quaternion (b, c, d; a ≥ 0) and handedness of a rotation matrix, row-major; its third axis turns where it mirrors. */
function quaternionOf(matrix: readonly number[]): [b: number, c: number, d: number, qfac: 1 | -1] {
  const m = nearestRotation(matrix);
  const qfac = determinant(m) < 0 ? -1 : 1;
  if (qfac < 0) for (const i of [2, 5, 8]) m[i] = -m[i];
  // the largest of the four squares keeps the division harmless
  const squares = [1 + m[0] + m[4] + m[8], 1 + m[0] - m[4] - m[8], 1 - m[0] + m[4] - m[8], 1 - m[0] - m[4] + m[8]];
  const largest = squares.indexOf(Math.max(...squares));
  const s = 2 * Math.sqrt(squares[largest]);
  const [x, y, z] = [m[7] - m[5], m[2] - m[6], m[3] - m[1]];
  const [xy, xz, yz] = [m[3] + m[1], m[2] + m[6], m[7] + m[5]];
  const q = [
    [s / 4, x / s, y / s, z / s],
    [x / s, s / 4, xy / s, xz / s],
    [y / s, xy / s, s / 4, yz / s],
    [z / s, xz / s, yz / s, s / 4],
  ][largest];
  const sign = q[0] < 0 ? -1 : 1;
  return [sign * q[1], sign * q[2], sign * q[3], qfac];
}
