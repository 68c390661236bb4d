import type { PatchSource } from './patch-source.ts';
import type { VoxelBox } from './spatial-geometry.ts';

/**
 * A loader patch of which only a box is stored; the rest is padding (data 0, labels −1, previous stage 0). All shapes
 * are (z, y, x); 2D patches have length 1 along axis 0.
 */
export interface LoaderPatch {
  /** Size of the whole loader patch in voxels. */
  size: readonly number[];
  /** Stored box, in voxel coordinates of the loader patch. */
  box: VoxelBox;
  channels: number;
  /** (channels, box) */
  data: Float32Array;
  seg: Float32Array;
  previous?: Float32Array;
}

export interface PatchPlace {
  /** Index of the case within the source. */
  index: number;
  /** First voxel of the loader patch within the case, (z, y, x); may be negative. */
  start: readonly number[];
  /** (z, y, x); 2D patches have length 1 along axis 0. */
  loaderPatchSize: readonly number[];
  /** The required part of the loader patch. Default: all of it. */
  needed?: VoxelBox;
}

/** Reads the required part of a loader patch that lies within the case; the rest is padding. */
export async function loadPatch(source: PatchSource, place: PatchPlace): Promise<LoaderPatch> {
  const { index, start, loaderPatchSize } = place;
  const shape = await source.shapeOf(index);
  const needed = place.needed ?? { lower: loaderPatchSize.map(() => 0), upper: [...loaderPatchSize] };
  const lower = start.map((s, d) => Math.min(Math.max(s + needed.lower[d]!, 0), shape[d]!));
  const upper = start.map((s, d) => Math.max(lower[d]!, Math.min(s + needed.upper[d]!, shape[d]!)));
  const box = { lower: lower.map((v, d) => v - start[d]!), upper: upper.map((v, d) => v - start[d]!) };
  const patch = { size: loaderPatchSize, box, channels: source.channels };
  if (lower.some((low, d) => low === upper[d])) {
    return {
      ...patch,
      box: { lower: [0, 0, 0], upper: [0, 0, 0] },
      data: new Float32Array(0),
      seg: new Float32Array(0),
    };
  }
  const { data, seg, previous } = await source.readBox(index, lower, upper);
  return { ...patch, data, seg: asFloat(seg), previous: previous && asFloat(previous) };
}

function asFloat(labels: Float32Array | Int8Array | Int16Array | Uint8Array): Float32Array {
  return labels instanceof Float32Array ? labels : Float32Array.from(labels);
}
