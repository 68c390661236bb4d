import { evaluateTiles } from './evaluate-tiles.ts';
import { gaussianImportance } from './gaussian-importance.ts';
import { mirrorVersions } from './mirroring.ts';
import { tilesOf } from './place-tiles.ts';
import { addWeighted, type Tile } from './tile.ts';
import { collectPlanes, type FinishedPlanes, finishedPlanes, type WindowSums } from './tiled-planes.ts';
import type { TiledPredictionOptions } from './tiled-prediction-options.ts';

/**
 * Predicts the class probabilities of a whole image with a network that sees patches: overlapping tiles, each predicted
 * in all mirrored versions, averaged with more weight at their centres.
 *
 * Sums are float32 and do not depend on the batch size. Where tiles are skipped, the first class has probability 1
 * (with `independentClasses`, no class is present).
 *
 * @returns (classes, z, y, x)
 *
 * Origin: v1's `_internal_predict_3D_3Dconv_tiled` and `_internal_predict_3D_2Dconv_tiled`.
 */
export async function predictTiled(options: TiledPredictionOptions): Promise<Float32Array> {
  const { classes, shape } = options;
  const [, Z, Y, X] = shape;
  return (await collectPlanes(predictPlanes(options), [classes, Z, Y, X])).data;
}

/** Like {@link predictTiled}, a few planes along axis 0 at a time. */
export function predictPlanes(options: TiledPredictionOptions): AsyncGenerator<FinishedPlanes> {
  const { shape, classes, gaussian = true, independentClasses = false } = options;
  const [, Z, Y, X] = shape;
  const { size, starts, tilesPerImage, mirrorAxes } = tilesOf(options);
  const versions = mirrorVersions(mirrorAxes);
  const weight = gaussian && tilesPerImage > 1 ? gaussianImportance(size) : null;
  const tiles = evaluateTiles(options, { size, starts, versions, factor: 1 / versions.length });
  const sums = new SingleSums([Math.min(Z, size[0]), Y, X], {
    classes,
    weight,
    background: independentClasses ? 0 : 1,
  });
  return finishedPlanes(tiles, Z, sums);
}

interface SumOptions {
  classes: number;
  /** Weight of each voxel of a tile; null means 1. */
  weight: Float32Array | null;
  /** Value of the first class where there was no tile; the other classes get 0. */
  background: number;
}

/** Sums in float32. */
class SingleSums implements WindowSums {
  readonly #sums: Float32Array;
  readonly #weights: Float32Array;
  readonly #means: Float32Array;

  readonly #options: SumOptions;

  constructor(
    readonly shape: readonly [number, number, number],
    options: SumOptions,
  ) {
    this.#options = options;
    const [planes, Y, X] = shape;
    this.#weights = new Float32Array(planes * Y * X);
    this.#sums = new Float32Array(options.classes * this.#weights.length);
    this.#means = new Float32Array(this.#sums.length);
  }

  add(mean: Float32Array, tile: Tile): void {
    const { weight, classes } = this.#options;
    addWeighted({ mean, weight, channels: classes, tile, sums: this.#sums, weights: this.#weights });
  }

  take(count: number): Float32Array {
    const { classes, background } = this.#options;
    const weights = this.#weights;
    const taken = count * this.shape[1] * this.shape[2];
    const means = this.#means;
    for (let c = 0, i = 0; c < classes; c++) {
      const sums = this.#sums.subarray(c * weights.length, (c + 1) * weights.length);
      const none = c === 0 ? background : 0;
      for (let v = 0; v < taken; v++, i++) means[i] = weights[v] === 0 ? none : sums[v]! / weights[v]!;
      sums.copyWithin(0, taken).fill(0, weights.length - taken);
    }
    weights.copyWithin(0, taken).fill(0, weights.length - taken);
    return means.subarray(0, classes * taken);
  }
}
