import type { Tile } from './tile.ts';

/**
 * Runs a network: `count` patches (count, channels, …patch) to probabilities (count, classes, …patch). The caller may
 * reuse the arrays once the promise is settled.
 */
export type PredictPatches = (patches: Float32Array, count: number) => Promise<Float32Array>;

export interface TileProgress {
  /** Network evaluations done and in total, counting each mirrored version of a tile. */
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
  /** Distance between tiles as a fraction of the patch. Default: 0.5. */
  stepSize?: number;
  /** Axes of the patch to mirror along; [] for none. */
  mirrorAxes?: readonly number[];
  /** Give the centre of a tile more weight. Has no effect if there is only one tile. Default: true. */
  gaussian?: boolean;
  /** Patches per call of the network. Default: 8. */
  batchSize?: number;
  /** Returns false for tiles to skip. Default: no tiles are skipped. */
  keepTile?: (tile: Tile) => boolean;
  /**
   * Classes are regions that may overlap: where tiles were skipped, no class is present instead of the first. Default:
   * false.
   */
  independentClasses?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: TileProgress) => void;
}
