import { sizeOf, type Tensor } from '@nnunet/tensor';
import type { EvaluatedTile } from './evaluate-tiles.ts';
import type { Tile } from './tile.ts';

/** Planes of a result that no further tile will change. */
export interface FinishedPlanes {
  count: number;
  /** (classes, count, y, x); the array is reused for the next planes. */
  data: Float32Array;
}

/** Weighted sums over a window of an image's planes. */
export interface WindowSums {
  /** (planes, y, x) of the window. */
  readonly shape: readonly [number, number, number];
  /** Adds a tile positioned relative to the window, (classes, …tile); voxels outside are skipped. */
  add(mean: Float32Array, tile: Tile): void;
  /**
   * Returns the means of the first planes, (classes, count, y, x), valid until the next call, and advances the window
   * by as many planes.
   */
  take(count: number): Float32Array;
}

/**
 * Averages tiles that arrive in the order of axis 0, and yields planes as they are finished: apart from the image, only
 * the sums of one row of tiles are in memory.
 *
 * @param planes number of planes of the whole image
 */
export async function* finishedPlanes(
  tiles: AsyncIterable<EvaluatedTile>,
  planes: number,
  sums: WindowSums,
): AsyncGenerator<FinishedPlanes> {
  const most = sums.shape[0];
  /** First plane in the window. */
  let low = 0;
  for await (const { tile, sum } of tiles) {
    const [z, y, x] = tile.start;
    for (; low < z; low += Math.min(most, z - low)) {
      const count = Math.min(most, z - low);
      yield { count, data: sums.take(count) };
    }
    sums.add(sum, { shape: sums.shape, start: [z - low, y, x], size: tile.size });
  }
  while (low < planes) {
    const count = Math.min(most, planes - low);
    yield { count, data: sums.take(count) };
    low += count;
  }
}

/** Scores of a whole image, assembled from planes that arrive in order. */
export class WholeScores implements Tensor<Float32Array> {
  readonly data: Float32Array;
  #planes = 0;

  /** @param shape (classes, z, y, x) */
  constructor(readonly shape: number[]) {
    this.data = new Float32Array(sizeOf(shape));
  }

  /** @param planes (classes, count, y, x) */
  add(planes: Float32Array, count: number): void {
    const [classes, Z, Y, X] = this.shape as [number, number, number, number];
    const size = Y * X;
    for (let c = 0; c < classes; c++)
      this.data.set(planes.subarray(c * count * size, (c + 1) * count * size), (c * Z + this.#planes) * size);
    this.#planes += count;
  }
}

/** Assembles planes. @param shape (classes, z, y, x) */
export async function collectPlanes(
  planes: AsyncIterable<FinishedPlanes>,
  shape: readonly [number, number, number, number],
): Promise<Tensor<Float32Array>> {
  const whole = new WholeScores([...shape]);
  for await (const { count, data } of planes) whole.add(data, count);
  return { data: whole.data, shape: whole.shape };
}

/** Returns the bytes of a window of float32 sums with their weights, and of the planes yielded. */
export function windowBytes(
  classes: number,
  patchSize: readonly number[],
  [Z, Y, X]: readonly [number, number, number],
): number {
  const planes = patchSize.length === 2 ? 1 : Math.min(Z, patchSize[0]!);
  return 4 * planes * Y * X * (2 * classes + 1);
}
