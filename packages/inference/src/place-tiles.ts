import { usageError } from '@nnunet/errors';
import { sizeOf } from '@nnunet/tensor';
import { padToPatch } from './padding.ts';
import { slidingWindowCounts, slidingWindowSteps } from './sliding-window.ts';
import type { TiledPredictionOptions } from './tiled-prediction-options.ts';

type Triple = [number, number, number];

export interface PlacedTiles {
  /** Voxels of a tile, (z, y, x). */
  size: Triple;
  /** Starts of all tiles in voxels of the image (below 0 where it is padded), axis 0 outermost. */
  starts: Triple[];
  /** Tiles that cover the image, or for a 2D network a slice. */
  tilesPerImage: number;
  /** Axes of a tile to mirror along. */
  mirrorAxes: number[];
}

export interface TilePlacement {
  /** (z, y, x) */
  imageSize: readonly [number, number, number];
  /** Three axes, or two for a 2D network, which sees each slice along axis 0. */
  patchSize: readonly number[];
  /** Share of a patch between tiles; 0.5. */
  stepSize?: number;
  /** Axes of the patch. */
  mirrorAxes?: readonly number[];
}

/** Where the tiles of an image lie. */
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

/** The tiles of a prediction, after a look that the data fill the image. */
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

/** Network evaluations that an image needs, to foresee its time. */
export function countEvaluations({ imageSize, patchSize, stepSize = 0.5, mirrorAxes = [] }: TilePlacement): number {
  const flat = patchSize.length === 2;
  const size = flat ? [1, ...patchSize] : patchSize;
  // Counted along each axis: there may be more of them than can be listed.
  const counts = slidingWindowCounts(size, padToPatch(imageSize, size).shape, stepSize);
  if (flat) counts[0] = imageSize[0];
  return counts.reduce((product, count) => product * count, 1) * 2 ** mirrorAxes.length;
}
