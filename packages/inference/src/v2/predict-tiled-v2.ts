import { NnUNetError, usageError } from '@nnunet/errors';
import { float16ToFloat32, float32ToFloat16, roundToFloat16, sizeOf } from '@nnunet/tensor';
import { forEachTile } from '../for-each-tile.ts';
import { gaussianImportance } from '../gaussian-importance.ts';
import { placeTiles } from '../predict-tiled.ts';
import type { Tile } from '../tile.ts';
import type { TiledPredictionOptions } from '../tiled-prediction-options.ts';

/**
 * Logits of a whole image as v2 computes them: the same tiles as in `predictTiled`, but logits are averaged instead of
 * probabilities, mirrored versions come in another order, and the sums over tiles are half floats.
 *
 * @param options `predictPatches` gives logits; `gaussian` has an effect with a single tile too
 * @returns (classes, z, y, x), half floats in a float32 array
 * @throws NnUNetError 'bad-prediction' where a logit is infinite
 *
 * Origin: v2's predict_from_raw_data.py, `predict_sliding_window_return_logits`.
 */
export async function predictTiledLogits(options: TiledPredictionOptions): Promise<Float32Array> {
  const { data, shape, classes, mirrorAxes = [], gaussian = true } = options;
  const [, Z, Y, X] = shape;
  if (data.length !== sizeOf(shape))
    throw usageError({ what: `${data.length} values do not fill an image of shape ${shape.join(' x ')}` });
  const flat = options.patchSize.length === 2;
  const size = (flat ? [1, ...options.patchSize] : options.patchSize) as unknown as [number, number, number];
  const voxels = sizeOf(size);
  const { starts } = placeTiles([Z, Y, X], size, options.stepSize ?? 0.5, flat);
  const versions = mirrorVersionsV2(mirrorAxes.map((axis) => (flat ? axis + 1 : axis)));
  const sums = new HalfSums([Z, Y, X], classes, gaussian ? importance(size) : new Float32Array(voxels).fill(1));

  await forEachTile(options, { size, starts, versions, factor: 1 }, (mean, tile) => {
    for (let v = 0; v < mean.length; v++) mean[v] /= versions.length;
    sums.add(mean, tile);
  });
  return sums.quotients();
}

/** Every subset of the axes, small ones first: none, 0, 1, 2, 01, 02, 12, 012 for three axes. */
export function mirrorVersionsV2(axes: readonly number[]): number[][] {
  const versions: number[][] = [[]];
  for (let size = 1; size <= axes.length; size++) {
    const extend = (chosen: number[], from: number): void => {
      if (chosen.length === size) versions.push(chosen);
      else for (let i = from; i < axes.length; i++) extend([...chosen, axes[i]], i + 1);
    };
    extend([], 0);
  }
  return versions;
}

/** v1's Gaussian, ten times as high and in half floats, the smallest of them in place of zeros. */
function importance(size: readonly number[]): Float32Array {
  const map = roundToFloat16(gaussianImportance(size).map((g) => 10 * g));
  let least = Number.POSITIVE_INFINITY;
  for (const g of map) if (g > 0 && g < least) least = g;
  return map.map((g) => (g === 0 ? least : g));
}

/** Weighted sums over an image, in half floats: each addition is computed in float32 and rounded. */
class HalfSums {
  readonly #sums: Uint16Array<ArrayBuffer>;
  readonly #weights: Uint16Array<ArrayBuffer>;
  readonly #row: Float32Array<ArrayBuffer>;

  constructor(
    private readonly shape: readonly [number, number, number],
    private readonly classes: number,
    private readonly weight: Float32Array,
  ) {
    this.#weights = new Uint16Array(sizeOf(shape));
    this.#sums = new Uint16Array(classes * this.#weights.length);
    this.#row = new Float32Array(shape[2]);
  }

  /** @param mean (classes, …tile); what lies outside the image is left out */
  add(mean: Float32Array, { start: [z0, y0, x0], size: [pz, py, px] }: Tile): void {
    const [Z, Y, X] = this.shape;
    const { weight, classes } = this;
    const from = Math.max(0, -x0);
    const row = this.#row.subarray(0, Math.min(px, X - x0) - from);
    for (let i = Math.max(0, -z0); i < Math.min(pz, Z - z0); i++) {
      for (let j = Math.max(0, -y0); j < Math.min(py, Y - y0); j++) {
        const w = (i * py + j) * px + from;
        const voxel = ((z0 + i) * Y + y0 + j) * X + x0 + from;
        const weights = this.#weights.subarray(voxel, voxel + row.length);
        float16ToFloat32(weights, row);
        for (let k = 0; k < row.length; k++) row[k] += weight[w + k];
        float32ToFloat16(row, weights);
        for (let c = 0; c < classes; c++) {
          const m = c * pz * py * px + w;
          const s = c * Z * Y * X + voxel;
          const sums = this.#sums.subarray(s, s + row.length);
          float16ToFloat32(sums, row);
          for (let k = 0; k < row.length; k++) row[k] += Math.fround(mean[m + k] * weight[w + k]);
          float32ToFloat16(row, sums);
        }
      }
    }
  }

  /** (classes, z, y, x) */
  quotients(): Float32Array {
    const weights = float16ToFloat32(this.#weights);
    const out = float16ToFloat32(this.#sums);
    for (let c = 0, i = 0; c < this.classes; c++) for (let v = 0; v < weights.length; v++, i++) out[i] /= weights[v];
    roundToFloat16(out, out as Float32Array<ArrayBuffer>);
    for (const logit of out) if (Math.abs(logit) === Number.POSITIVE_INFINITY) throw infinite();
    return out;
  }
}

function infinite(): NnUNetError {
  return new NnUNetError('bad-prediction', {
    what: 'the network gave values that are too large for half floats',
    remedy: 'Check the intensities of the image; v2 refuses such a prediction too.',
  });
}
