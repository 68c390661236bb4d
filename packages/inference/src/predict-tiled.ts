import { usageError } from '@nnunet/errors';
import { sizeOf } from '@nnunet/tensor';
import { forEachTile } from './for-each-tile.ts';
import { gaussianImportance } from './gaussian-importance.ts';
import { mirrorVersions } from './mirroring.ts';
import { padToPatch } from './padding.ts';
import { slidingWindowSteps } from './sliding-window.ts';
import { addWeighted } from './tile.ts';
import type { TiledPredictionOptions } from './tiled-prediction-options.ts';

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
  const { data, shape, classes, mirrorAxes = [], gaussian = true } = options;
  const [, Z, Y, X] = shape;
  if (data.length !== sizeOf(shape))
    throw usageError({ what: `${data.length} values do not fill an image of shape ${shape.join(' x ')}` });
  const flat = options.patchSize.length === 2;
  const size = (flat ? [1, ...options.patchSize] : options.patchSize) as unknown as [number, number, number];
  const { starts, tilesPerImage } = placeTiles([Z, Y, X], size, options.stepSize ?? 0.5, flat);
  const versions = mirrorVersions(mirrorAxes.map((axis) => (flat ? axis + 1 : axis)));
  const weight = gaussian && tilesPerImage > 1 ? gaussianImportance(size) : null;

  const sums = new Float32Array(classes * Z * Y * X);
  const weights = new Float32Array(Z * Y * X);
  await forEachTile(options, { size, starts, versions, factor: 1 / versions.length }, (mean, tile) =>
    addWeighted({ mean, weight, channels: classes, tile, sums, weights }),
  );
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
