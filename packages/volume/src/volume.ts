import type { TypedArray } from '@nnunet/tensor';

export type Triple = readonly [number, number, number];

/** Position of an image in the patient. */
export interface Geometry {
  /** Distance between voxel centres in mm, (z, y, x): the order of the array axes. */
  readonly spacing: Triple;
  /** World position of the first voxel in mm, (x, y, z), ITK's LPS convention. */
  readonly origin: Triple;
  /** 3×3 direction cosines, row-major, ITK's LPS convention, rows and columns in (x, y, z) order. */
  readonly direction: readonly number[];
  /** Deviation of the file's axes from right angles in degrees, if `direction` is the nearest rotation. */
  readonly skewDegrees?: number;
  /** Whether the file has two axes, of which the image is one slice. */
  readonly planar?: boolean;
  /** Implausible values in the file's header and what was assumed instead, as phrases for a message. */
  readonly doubts?: readonly string[];
  /** Header of the NIfTI file that the geometry was read from, so that it is preserved bit for bit when written. */
  readonly niftiHeader?: Uint8Array;
}

/** An image or label map with its geometry. */
export interface Volume<T extends TypedArray = Float32Array> extends Geometry {
  /** Voxels, (z, y, x), x fastest. */
  readonly data: T;
  /** (z, y, x) */
  readonly shape: Triple;
  /**
   * Number of voxels in the file that were NaN, infinite or beyond float32 and read as 0. Omitted if there are none.
   */
  readonly notFinite?: number;
  /** Number of label values in the file that were not exact integers and were rounded. Omitted if there are none. */
  readonly rounded?: number;
}
