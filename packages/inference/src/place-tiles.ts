import { usageError } from '@nnunet/errors';
import { sizeOf } from '@nnunet/tensor';
import { padToPatch } from './padding.ts';
import { slidingWindowCounts, slidingWindowSteps } from './sliding-window.ts';
import type { TiledPredictionOptions } from './tiled-prediction-options.ts';

type Triple = [number, number, number];

export interface PlacedTiles {
  /** Voxels of a tile, (z, y, x). */
  size: Triple;
  /** First voxels of all tiles in the image (negative where it is padded), axis 0 outermost. */
  starts: Triple[];
  /** Number of tiles that cover the image; for a 2D network, a slice. */
  tilesPerImage: number;
  /** Axes of a tile to mirror along. */
  mirrorAxes: number[];
}

export interface TilePlacement {
  /** (z, y, x) */
  imageSize: readonly [number, number, number];
  /** Three axes, or two for a 2D network, which sees each slice along axis 0. */
  patchSize: readonly number[];
  /** Distance between tiles as a fraction of the patch. Default: 0.5. */
  stepSize?: number;
  /** Axes of the patch to mirror along. */
  mirrorAxes?: readonly number[];
}

/** Places the tiles of an image. */
export function placeTiles({ imageSize, patchSize, stepSize = 0.5, mirrorAxes = [] }: TilePlacement): PlacedTiles {
  const flat = patchSize.length === 2;
  const size = (flat ? [1, ...patchSize] : [...patchSize]) as Triple;
  const padding = padToPatch(imageSize, size);
  const steps = slidingWindowSteps(size, padding.shape, stepSize);
  if (flat) steps[0] = Array.from({ length: imageSize[0] }, (_, slice) => slice);
  const inImage = steps.map((axisSteps, axis) => axisSteps.map((s) => s - padding.where[axis]![0]));
  const [zs, ys, xs] = inImage as [number[], number[], number[]];
  const starts = zs.flatMap((z) => ys.flatMap((y) => xs.map((x): Triple => [z, y, x])));
  return {
    size,
    starts,
    tilesPerImage: flat ? ys.length * xs.length : starts.length,
    mirrorAxes: mirrorAxes.map((axis) => (flat ? axis + 1 : axis)),
  };
}

/** Places the tiles of a prediction, after checking that the data match the shape of the image. */
export function tilesOf(options: TiledPredictionOptions): PlacedTiles {
  const { data, shape, keepTile } = options;
  if (data.length !== sizeOf(shape))
    throw usageError({ what: `${data.length} values do not fill an image of shape ${shape.join(' x ')}` });
  const [, ...imageSize] = shape;
  const tiles = placeTiles({ ...options, imageSize });
  if (keepTile === undefined) return tiles;
  const { size } = tiles;
  return { ...tiles, starts: tiles.starts.filter((start) => keepTile({ shape: imageSize, start, size })) };
}

/** Counts the network evaluations that an image needs, to estimate the time. */
export function countEvaluations({ imageSize, patchSize, stepSize = 0.5, mirrorAxes = [] }: TilePlacement): number {
  const flat = patchSize.length === 2;
  const size = flat ? [1, ...patchSize] : patchSize;
  // Count along each axis: there may be more tiles than can be listed.
  const counts = slidingWindowCounts(size, padToPatch(imageSize, size).shape, stepSize);
  if (flat) counts[0] = imageSize[0];
  return counts.reduce((product, count) => product * count, 1) * 2 ** mirrorAxes.length;
}
