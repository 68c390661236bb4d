import { sizeOf } from '@nnunet/tensor';
import { addFlipped, readTile, type Tile } from './tile.ts';
import type { TiledPredictionOptions } from './tiled-prediction-options.ts';

export interface TilePlan {
  /** Voxels of a tile, (z, y, x). */
  size: readonly [number, number, number];
  /** First voxels of the tiles in the image, in the order of evaluation. */
  starts: readonly (readonly [number, number, number])[];
  /** Axes to mirror in each evaluation of a tile. */
  versions: readonly (readonly number[])[];
  /** Weight of each evaluation in the sum over the mirrored versions. */
  factor: number;
}

/** A tile and the sum of its versions, mirrored back, (classes, …tile). The array is reused for the next tile. */
export interface EvaluatedTile {
  tile: Tile;
  sum: Float32Array;
}

/** Evaluates the network on every mirrored version of every tile, in batches that may span tiles. */
export async function* evaluateTiles(
  options: TiledPredictionOptions,
  { size, starts, versions, factor }: TilePlan,
): AsyncGenerator<EvaluatedTile> {
  const { data, shape, classes, predictPatches, batchSize = 8, signal } = options;
  const [channels, Z, Y, X] = shape;
  const voxels = sizeOf(size);
  const total = starts.length * versions.length;
  const perBatch = Math.min(batchSize, total);
  const batch = new Float32Array(perBatch * channels * voxels);
  const sum = new Float32Array(classes * voxels);
  const tileAt = (job: number): Tile => ({ shape: [Z, Y, X], start: starts[Math.floor(job / versions.length)]!, size });

  for (let first = 0; first < total; first += perBatch) {
    signal?.throwIfAborted();
    const count = Math.min(perBatch, total - first);
    for (let i = 0; i < count; i++) {
      const flip = versions[(first + i) % versions.length]!;
      const offset = i * channels * voxels;
      readTile({ source: data, channels, tile: tileAt(first + i), flip, target: batch, offset });
    }
    const patch = await predictPatches(batch.subarray(0, count * channels * voxels), count);
    for (let i = 0; i < count; i++) {
      const version = (first + i) % versions.length;
      if (version === 0) sum.fill(0);
      const flip = versions[version]!;
      addFlipped({ patch, offset: i * classes * voxels, channels: classes, size, flip, factor, sum });
      if (version === versions.length - 1) yield { tile: tileAt(first + i), sum };
    }
    options.onProgress?.({ done: first + count, total });
  }
}
