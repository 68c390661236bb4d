import { usageError } from '@nnunet/errors';
import { sizeOf } from '@nnunet/tensor';
import { gaussianImportance } from './gaussian-importance.ts';
import { mirrorVersions } from './mirroring.ts';
import { padToPatch } from './padding.ts';
import { slidingWindowSteps } from './sliding-window.ts';
import { addFlipped, addWeighted, readTile, type Tile } from './tile.ts';

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
  signal?: AbortSignal;
  onProgress?: (progress: TileProgress) => void;
}

/**
 * Class probabilities of a whole image from a network that sees patches: overlapping tiles, each predicted in all mirrored
 * versions, averaged with more weight in their middle.
 *
 * Sums are float32 and do not depend on the batch size.
 *
 * @returns (classes, z, y, x)
 *
 * Origin: v1's `_internal_predict_3D_3Dconv_tiled` and `_internal_predict_3D_2Dconv_tiled`.
 */
export async function predictTiled(options: TiledPredictionOptions): Promise<Float32Array> {
  const { data, shape, classes, predictPatches, mirrorAxes = [], gaussian = true, batchSize = 8, signal } = options;
  const [channels, Z, Y, X] = shape;
  if (data.length !== sizeOf(shape))
    throw usageError({ what: `${data.length} values do not fill an image of shape ${shape.join(' x ')}` });
  const flat = options.patchSize.length === 2;
  const size = (flat ? [1, ...options.patchSize] : options.patchSize) as unknown as [number, number, number];
  const voxels = sizeOf(size);
  const { starts, tilesPerImage } = placeTiles([Z, Y, X], size, options.stepSize ?? 0.5, flat);
  const versions = mirrorVersions(mirrorAxes.map((axis) => (flat ? axis + 1 : axis)));
  const weight = gaussian && tilesPerImage > 1 ? gaussianImportance(size) : null;

  const sums = new Float32Array(classes * Z * Y * X);
  const weights = new Float32Array(Z * Y * X);
  const total = starts.length * versions.length;
  const perBatch = Math.min(batchSize, total);
  const batch = new Float32Array(perBatch * channels * voxels);
  const mean = new Float32Array(classes * voxels);
  const tileAt = (job: number): Tile => ({ shape: [Z, Y, X], start: starts[Math.floor(job / versions.length)], size });

  for (let first = 0; first < total; first += perBatch) {
    signal?.throwIfAborted();
    const count = Math.min(perBatch, total - first);
    for (let i = 0; i < count; i++) {
      const flip = versions[(first + i) % versions.length];
      const offset = i * channels * voxels;
      readTile({ source: data, channels, tile: tileAt(first + i), flip, target: batch, offset });
    }
    const predicted = await predictPatches(batch.subarray(0, count * channels * voxels), count);
    for (let i = 0; i < count; i++) {
      const version = (first + i) % versions.length;
      if (version === 0) mean.fill(0);
      addFlipped({
        patch: predicted,
        offset: i * classes * voxels,
        channels: classes,
        size,
        flip: versions[version],
        factor: 1 / versions.length,
        sum: mean,
      });
      if (version === versions.length - 1)
        addWeighted({ mean, weight, channels: classes, tile: tileAt(first + i), sums, weights });
    }
    options.onProgress?.({ done: first + count, total });
  }
  for (let c = 0, s = 0; c < classes; c++) for (let v = 0; v < weights.length; v++, s++) sums[s] /= weights[v];
  return sums;
}

/** Network evaluations that {@link predictTiled} needs for an image, to foresee its time. */
export function countEvaluations(options: {
  /** (z, y, x) */
  imageSize: readonly [number, number, number];
  patchSize: readonly number[];
  stepSize?: number;
  mirrorAxes?: readonly number[];
}): number {
  const flat = options.patchSize.length === 2;
  const size = flat ? [1, ...options.patchSize] : options.patchSize;
  const { starts } = placeTiles(options.imageSize, size as [number, number, number], options.stepSize ?? 0.5, flat);
  return starts.length * 2 ** (options.mirrorAxes?.length ?? 0);
}

/** Starts of all tiles in voxels of the image (below 0 where it is padded), axis 0 outermost. */
export function placeTiles(
  imageSize: readonly [number, number, number],
  size: readonly [number, number, number],
  stepSize: number,
  flat: boolean,
): { starts: [number, number, number][]; tilesPerImage: number } {
  const padding = padToPatch(imageSize, size);
  const steps = slidingWindowSteps(size, padding.shape, stepSize);
  if (flat) steps[0] = Array.from({ length: imageSize[0] }, (_, slice) => slice);
  const [zs, ys, xs] = steps.map((axisSteps, axis) => axisSteps.map((s) => s - padding.where[axis][0]));
  const starts = zs!.flatMap((z) => ys!.flatMap((y) => xs!.map((x): [number, number, number] => [z, y, x])));
  return { starts, tilesPerImage: flat ? steps[1].length * steps[2].length : starts.length };
}
