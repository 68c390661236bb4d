import type { Tile } from './tile.ts';

/**
 * Runs a network: `count` patches (count, channels, …patch) to probabilities (count, classes, …patch). The arrays belong
 * to the caller again once the promise is settled.
 */
export type PredictPatches = (patches: Float32Array, count: number) => Promise<Float32Array>;

export interface TileProgress {
  /** Network evaluations done and in all, each mirrored version of a tile counted. */
  done: number;
  total: number;
}

export interface TiledPredictionOptions {
  /** Preprocessed image (channels, z, y, x). */
  data: Float32Array;
  /** [channels, z, y, x] */
  shape: readonly [number, number, number, number];
  /** Three axes, or two for a 2D network, which then sees each slice along axis 0. */
  patchSize: readonly number[];
  classes: number;
  predictPatches: PredictPatches;
  /** Share of a patch between tiles; 0.5. */
  stepSize?: number;
  /** Axes of the patch to mirror along; none: [] */
  mirrorAxes?: readonly number[];
  /** Weight the middle of a tile more; true. Has no effect with a single tile. */
  gaussian?: boolean;
  /** Patches given to the network at once; 8. */
  batchSize?: number;
  /** Tiles that are not wanted: `keepTile` says false. All are, if not given. */
  keepTile?: (tile: Tile) => boolean;
  /** Classes are regions that may overlap: where tiles were left out, none is there, instead of the first; false. */
  independentClasses?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: TileProgress) => void;
}
