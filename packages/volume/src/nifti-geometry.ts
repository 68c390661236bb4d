import { type Matrix3, type StraightAxes, straightAxes } from './nearest-rotation.ts';
import { type Affine, badNifti, type NiftiHeader } from './nifti-header.ts';
import type { Geometry, Triple } from './volume.ts';

/** Position and size of an image. */
export interface ImageGeometry extends Geometry {
  /** (z, y, x) */
  readonly shape: Triple;
}

const UNIT_IN_MM: Readonly<Record<number, number>> = { 1: 1e3, 3: 1e-3 };
const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/**
 * Returns the geometry as SimpleITK reports it, converted from NIfTI's RAS to ITK's LPS world:
 * - spacing comes from pixdim, whatever the affine says; 0 counts as 1;
 * - origin and direction come from the sform if its axes are orthogonal and it is a scanner position (code 1) or the
 *   only one, otherwise from the quaternion; without either, the image lies at 0 along ITK's own axes;
 * - if there is only an sform and its axes are less than 1° from right angles, the nearest rotation is used, which ITK
 *   rejects; `skewDegrees` gives the deviation;
 * - `doubts` reports a spacing of 0 and a quaternion that is not a number;
 * - metres and micrometres are converted to millimetres.
 *
 * @throws NnUNetError 'bad-nifti' if there is only a skewed sform, or values are not numbers
 */
export function geometryOf(header: NiftiHeader, where = 'NIfTI data'): ImageGeometry {
  const [x, y, z] = header.size;
  const unit = UNIT_IN_MM[header.units] ?? 1;
  const [, dx, dy, dz] = header.pixdim;
  const spacing: Triple = [stepOf(dz) * unit, stepOf(dy) * unit, stepOf(dx) * unit];
  if (!spacing.every((mm) => Number.isFinite(mm)))
    throw badNifti(where, `has an impossible spacing (${spacing.join(', ')})`);
  const { direction, origin, skewDegrees } = placeOf(header, where);
  if (![...direction, ...origin].every(Number.isFinite)) throw badNifti(where, 'has an impossible position');
  const doubts = doubtsOf(header);
  return {
    shape: [z, y, x],
    spacing,
    origin: [origin[0] * unit, origin[1] * unit, origin[2] * unit],
    direction,
    ...(skewDegrees === undefined ? {} : { skewDegrees }),
    ...(doubts.length === 0 ? {} : { doubts }),
    niftiHeader: header.bytes,
  };
}

/** Checks only axes with more than one voxel: for a single slice, programs write 0. */
function doubtsOf(header: NiftiHeader): string[] {
  const doubts = ['x', 'y', 'z'].flatMap((axis, i) =>
    header.pixdim[i + 1] === 0 && header.size[i] !== 1 ? [`a spacing of 0 along ${axis}, read as 1`] : [],
  );
  if (header.qformCode > 0 && !hasQuaternion(header))
    doubts.push('a quaternion that is not a number; the sform is used instead');
  return doubts;
}

/** A quaternion that is not a number is ignored. */
function hasQuaternion({ qformCode, quaternion, qoffset }: NiftiHeader): boolean {
  return qformCode > 0 && [...quaternion, ...qoffset].every(Number.isFinite);
}

function stepOf(pixdim: number): number {
  return pixdim === 0 ? 1 : Math.abs(pixdim);
}

function placeOf(header: NiftiHeader, where: string): StraightAxes & { origin: Triple } {
  const { qformCode, sformCode } = header;
  if (qformCode <= 0 && sformCode <= 0) return { direction: IDENTITY, origin: [0, 0, 0] };
  const quaternion = hasQuaternion(header);
  if (sformCode > 0 && (sformCode === 1 || !quaternion)) {
    const axes = straightAxes(directionOf(header.srow, header.pixdim));
    const exact = axes !== null && axes.skewDegrees === undefined;
    if (axes !== null && (exact || !quaternion)) return { ...axes, origin: originOf(header.srow) };
    if (!quaternion) {
      if (!header.srow.every(Number.isFinite)) throw badNifti(where, 'has an impossible position');
      const remedy =
        "Resample it to a grid with right angles, or set its qform (for example with nibabel's set_qform).";
      throw badNifti(where, 'has axes that are not at right angles to each other', remedy);
    }
  }
  if (!quaternion) throw badNifti(where, 'has an impossible position');
  const affine = quaternionAffine(header);
  return { direction: directionOf(affine, header.pixdim), origin: originOf(affine) };
}

/** World position of the first voxel, LPS. Adding 0 turns −0 into 0. */
function originOf([, , , x, , , , y, , , , z]: Affine): Triple {
  return [0 - x, 0 - y, z + 0];
}

/** Columns of an affine, normalised, in LPS, row-major; negated where pixdim is negative, as in ITK. */
function directionOf([a, b, c, , d, e, f, , g, h, i]: Affine, [, dx, dy, dz]: NiftiHeader['pixdim']): Matrix3 {
  const unit = (x: number, y: number, z: number, step: number): Triple => {
    const length = Math.sqrt(x * x + y * y + z * z);
    const sign = step < 0 ? -1 : 1;
    const along = (value: number) => (length > 0 ? (sign * value) / length : 0) + 0;
    return [along(x), along(y), along(z)];
  };
  const [x, y, z] = [unit(-a, -d, g, dx), unit(-b, -e, h, dy), unit(-c, -f, i, dz)];
  return [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]];
}

/**
 * Affine from voxel to RAS world in mm, 3×4, from quaternion, offset and pixdim; rounded to float32 as in ITK's NIfTI
 * library.
 */
function quaternionAffine({ quaternion, qoffset, pixdim }: NiftiHeader): Affine {
  let [b, c, d] = quaternion;
  let a = 1 - (b * b + c * c + d * d);
  if (a < 1e-7) {
    const scale = 1 / Math.sqrt(b * b + c * c + d * d);
    b *= scale;
    c *= scale;
    d *= scale;
    a = 0;
  } else {
    a = Math.sqrt(a);
  }
  const [qfac] = pixdim;
  const [dx, dy, dz] = [stepOf(pixdim[1]), stepOf(pixdim[2]), stepOf(pixdim[3]) * (qfac < 0 ? -1 : 1)];
  const affine: Affine = [
    (a * a + b * b - c * c - d * d) * dx,
    2 * (b * c - a * d) * dy,
    2 * (b * d + a * c) * dz,
    qoffset[0],
    2 * (b * c + a * d) * dx,
    (a * a + c * c - b * b - d * d) * dy,
    2 * (c * d - a * b) * dz,
    qoffset[1],
    2 * (b * d - a * c) * dx,
    2 * (c * d + a * b) * dy,
    (a * a + d * d - c * c - b * b) * dz,
    qoffset[2],
  ];
  return affine.map(Math.fround) as unknown as Affine;
}
