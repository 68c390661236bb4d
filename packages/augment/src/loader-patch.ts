import type { PatchSource } from './patch-source.ts';
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

export interface PatchPlace {
  /** Index of the case in the source. */
  index: number;
  /** First voxel of the loader patch in the case, (z, y, x); may be negative. */
  start: readonly number[];
  /** (z, y, x); slices have one entry on axis 0. */
  loaderPatchSize: readonly number[];
  /** The part of the loader patch that is needed; all of it when left out. */
  needed?: VoxelBox;
}

/** Reads the part of a loader patch that is needed and lies within the case; the rest is padding. */
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
