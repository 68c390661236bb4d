import type { TypedArray } from '@nnunet/tensor';

export type Triple = readonly [number, number, number];

/** Where the voxels of an image lie in the patient. */
export interface Geometry {
  /** mm between voxel centres, (z, y, x): the order of the array axes. */
  readonly spacing: Triple;
  /** World position of the first voxel in mm, (x, y, z), ITK's LPS convention. */
  readonly origin: Triple;
  /** 3×3 direction cosines, row-major, ITK's LPS convention, rows and columns in (x, y, z) order. */
  readonly direction: readonly number[];
  /** Degrees by which the file's axes are off the right angle, where `direction` is the nearest rotation to them. */
  readonly skewDegrees?: number;
  /** What the file's header states that cannot be meant, and what was read instead: phrases for a message. */
  readonly doubts?: readonly string[];
  /** Header of the NIfTI file that the geometry came from, so that a file written with it keeps it bit for bit. */
  readonly niftiHeader?: Uint8Array;
}

/** An image or label map with its geometry. */
export interface Volume<T extends TypedArray = Float32Array> extends Geometry {
  /** Voxels, (z, y, x), x fastest. */
  readonly data: T;
  /** (z, y, x) */
  readonly shape: Triple;
  /** Voxels of the file that were NaN, infinite or beyond float32, and were read as 0. Left out where there are none. */
  readonly notFinite?: number;
  /** Label values of the file that were not quite integers, and were rounded. Left out where there are none. */
  readonly rounded?: number;
}
