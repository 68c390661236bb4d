import type { VoxelBox } from './spatial-geometry.ts';

/**
 * A loader patch of which only a box is stored; the rest is padding (data 0, labels −1, previous stage 0).
 * All shapes are (z, y, x); slices of a 2D set have one entry on axis 0.
 */
export interface LoaderPatch {
  /** Voxels of the whole loader patch. */
  size: readonly number[];
  /** Stored box, in voxels of the loader patch. */
  box: VoxelBox;
  channels: number;
  /** (channels, box) */
  data: Float32Array;
  seg: Float32Array;
  previous?: Float32Array;
}

/** A sample of the final patch size. */
export interface Sample {
  /** (z, y, x) */
  shape: readonly number[];
  channels: number;
  /** (channels, z, y, x) */
  data: Float32Array;
  /** Labels, −1 outside the nonzero mask. */
  seg: Float32Array;
  previous?: Float32Array;
}
