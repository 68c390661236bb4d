import { NnUNetError } from '@nnunet/errors';
import { float16ToFloat32, float32ToFloat16, sizeOf } from '@nnunet/tensor';
import { roundToFloat16 } from '@nnunet/tensor/internal';
import { type EvaluatedTile, evaluateTiles } from '../evaluate-tiles.ts';
import { gaussianImportance } from '../gaussian-importance.ts';
import { tilesOf } from '../place-tiles.ts';
import type { Tile } from '../tile.ts';
import { type FinishedPlanes, finishedPlanes, type WindowSums } from '../tiled-planes.ts';
import type { TiledPredictionOptions } from '../tiled-prediction-options.ts';

/** Logit of a certain class where tiles were skipped. */
const CERTAIN = 10;

/**
 * Predicts the logits of a whole image as v2 does, a few planes along axis 0 at a time: with the same tiles as
 * `predictTiled`, but averaging logits instead of probabilities, with the mirrored versions in another order, and with
 * half-float sums over tiles.
 *
 * @param options `predictPatches` returns logits; `gaussian` also has an effect with a single tile
 * @returns half floats in float32 arrays
 * @throws NnUNetError 'bad-prediction' if a logit is infinite
 *
 * Origin: v2's predict_from_raw_data.py, `predict_sliding_window_return_logits`.
 */
export function predictLogitPlanes(options: TiledPredictionOptions): AsyncGenerator<FinishedPlanes> {
  const { shape, classes, gaussian = true, independentClasses = false } = options;
  const [, Z, Y, X] = shape;
  const { size, starts, mirrorAxes } = tilesOf(options);
  const versions = mirrorVersionsV2(mirrorAxes);
  const weight = gaussian ? importance(size) : new Float32Array(sizeOf(size)).fill(1);
  const background = independentClasses ? -CERTAIN : CERTAIN;
  const sums = new HalfSums([Math.min(Z, size[0]), Y, X], { classes, weight, background });
  const tiles = evaluateTiles(options, { size, starts, versions, factor: 1 });
  return finishedPlanes(meansOf(tiles, versions.length), Z, sums);
}

async function* meansOf(tiles: AsyncIterable<EvaluatedTile>, versions: number): AsyncGenerator<EvaluatedTile> {
  for await (const evaluated of tiles) {
    const { sum } = evaluated;
    for (let v = 0; v < sum.length; v++) sum[v]! /= versions;
    yield evaluated;
  }
}

/** Returns every subset of the axes, small ones first (for three axes: none, 0, 1, 2, 01, 02, 12, 012). */
export function mirrorVersionsV2(axes: readonly number[]): number[][] {
  const versions: number[][] = [[]];
  for (let size = 1; size <= axes.length; size++) {
    const extend = (chosen: number[], from: number): void => {
      if (chosen.length === size) versions.push(chosen);
      else for (let i = from; i < axes.length; i++) extend([...chosen, axes[i]!], i + 1);
    };
    extend([], 0);
  }
  return versions;
}

/** v1's Gaussian, ten times as high and in half floats, with zeros replaced by the smallest other value. */
function importance(size: readonly number[]): Float32Array {
  const map = roundToFloat16(gaussianImportance(size).map((g) => 10 * g));
  let least = Number.POSITIVE_INFINITY;
  for (const g of map) if (g > 0 && g < least) least = g;
  return map.map((g) => (g === 0 ? least : g));
}

interface HalfSumOptions {
  classes: number;
  /** Weight of each voxel of a tile. */
  weight: Float32Array;
  /** Value of the first class where there was no tile; the other classes get -{@link CERTAIN}. */
  background: number;
}

/** Sums in half floats: each addition is computed in float32, then rounded. */
class HalfSums implements WindowSums {
  readonly #sums: Uint16Array<ArrayBuffer>;
  readonly #weights: Uint16Array<ArrayBuffer>;
  readonly #row: Float32Array<ArrayBuffer>;

  readonly #options: HalfSumOptions;

  constructor(
    readonly shape: readonly [number, number, number],
    options: HalfSumOptions,
  ) {
    this.#options = options;
    this.#weights = new Uint16Array(sizeOf(shape));
    this.#sums = new Uint16Array(options.classes * this.#weights.length);
    this.#row = new Float32Array(shape[2]);
  }

  /** @param mean (classes, …tile); voxels outside the image are skipped */
  add(mean: Float32Array, { start: [z0, y0, x0], size: [pz, py, px] }: Tile): void {
    const [Z, Y, X] = this.shape;
    const { weight, classes } = this.#options;
    const from = Math.max(0, -x0);
    const row = this.#row.subarray(0, Math.min(px, X - x0) - from);
    for (let i = Math.max(0, -z0); i < Math.min(pz, Z - z0); i++) {
      for (let j = Math.max(0, -y0); j < Math.min(py, Y - y0); j++) {
        const w = (i * py + j) * px + from;
        const voxel = ((z0 + i) * Y + y0 + j) * X + x0 + from;
        const weights = this.#weights.subarray(voxel, voxel + row.length);
        float16ToFloat32(weights, row);
        for (let k = 0; k < row.length; k++) row[k]! += weight[w + k]!;
        float32ToFloat16(row, weights);
        for (let c = 0; c < classes; c++) {
          const m = c * pz * py * px + w;
          const s = c * Z * Y * X + voxel;
          const sums = this.#sums.subarray(s, s + row.length);
          float16ToFloat32(sums, row);
          for (let k = 0; k < row.length; k++) row[k]! += Math.fround(mean[m + k]! * weight[w + k]!);
          float32ToFloat16(row, sums);
        }
      }
    }
  }

  take(count: number): Float32Array {
    const { classes, background } = this.#options;
    const voxels = this.#weights.length;
    const taken = count * this.shape[1] * this.shape[2];
    const weights = float16ToFloat32(this.#weights.subarray(0, taken));
    this.#weights.copyWithin(0, taken).fill(0, voxels - taken);
    const out = new Float32Array(classes * taken);
    for (let c = 0; c < classes; c++) {
      const sums = this.#sums.subarray(c * voxels, (c + 1) * voxels);
      const logits = out.subarray(c * taken, (c + 1) * taken);
      float16ToFloat32(sums.subarray(0, taken), logits);
      const none = c === 0 ? background : -CERTAIN;
      for (let v = 0; v < taken; v++) logits[v] = weights[v] === 0 ? none : logits[v]! / weights[v]!;
      sums.copyWithin(0, taken).fill(0, voxels - taken);
    }
    roundToFloat16(out, out);
    for (const logit of out) if (Math.abs(logit) === Number.POSITIVE_INFINITY) throw infinite();
    return out;
  }
}

function infinite(): NnUNetError {
  return new NnUNetError('bad-prediction', {
    what: 'the network produced values too large for half-precision floats',
    remedy: 'Check the intensities of the image. v2 also refuses such a prediction.',
  });
}
