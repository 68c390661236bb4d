import type { NiftiHeader } from './nifti-header.ts';
import type { Geometry, Triple } from './volume.ts';

/** Where the voxels of a NIfTI file lie, and how many there are. */
export interface ImageGeometry extends Geometry {
  /** (z, y, x) */
  readonly shape: Triple;
}

const single = Math.fround;

/**
 * Geometry as SimpleITK reports it: spacing from pixdim (whatever the affine says), origin and unit directions from
 * the sform or the quaternion, turned from NIfTI's RAS world to ITK's LPS.
 */
export function geometryOf(header: NiftiHeader): ImageGeometry {
  const [x, y, z] = header.size;
  const affine = affineOf(header);
  const direction = new Array<number>(9); // + 0 makes 0 of -0
  for (let axis = 0; axis < 3; axis++) {
    const column = [-affine[axis], -affine[4 + axis], affine[8 + axis]];
    const length = Math.sqrt(column[0] * column[0] + column[1] * column[1] + column[2] * column[2]);
    for (let row = 0; row < 3; row++) direction[3 * row + axis] = (length > 0 ? column[row] / length : column[row]) + 0;
  }
  return {
    shape: [z, y, x],
    spacing: [header.pixdim[3], header.pixdim[2], header.pixdim[1]],
    origin: [0 - affine[3], 0 - affine[7], affine[11] + 0],
    direction,
    niftiHeader: header.bytes,
  };
}

/** Voxel to RAS world in mm, 3×4. */
function affineOf(header: NiftiHeader): readonly number[] {
  return header.sformCode > 0 ? header.srow : quaternionAffine(header);
}

/** The affine of quaternion, offset and pixdim, in single precision as ITK's NIfTI library computes it. */
export function quaternionAffine({ quaternion, qoffset, pixdim }: NiftiHeader): number[] {
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
  const [dx, dy] = [1, 2].map((i) => (pixdim[i] > 0 ? pixdim[i] : 1));
  const dz = (pixdim[3] > 0 ? pixdim[3] : 1) * (pixdim[0] < 0 ? -1 : 1);
  return [
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
  ].map(single);
}
