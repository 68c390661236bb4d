/**
 * Winograd's F(4, 3): four outputs of a filter of three taps from six products instead of twelve (A. Lavin and S. Gray,
 * "Fast Algorithms for Convolutional Neural Networks", CVPR 2016; the points are 0, 1, -1, 2, -2 and infinity).
 */
export const TILE = 4;
/** Products per tile, and values that a tile reads. */
export const PRODUCTS = 6;

const fromProducts = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];
const ofTaps = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
const ofValues = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];

/** A run of neighbouring tiles along an axis, computed together. */
export interface TileRun {
  tiles: number;
  /** First output, and the number of outputs: at most `TILE` per tile. */
  start: number;
  outputs: number;
}

/** Divides an axis into runs of about `most` outputs and equal numbers of tiles. */
export function tileRuns(size: number, most: number): TileRun[] {
  const all = Math.ceil(size / TILE);
  const tiles = Math.ceil(all / Math.ceil(all / Math.max(1, Math.floor(most / TILE))));
  return Array.from({ length: Math.ceil(all / tiles) }, (_, i) => {
    const start = i * tiles * TILE;
    return { tiles, start, outputs: Math.min(tiles * TILE, size - start) };
  });
}

/** Values that a run reads, with one before and one after its tiles. */
export const valuesRead = ({ tiles }: TileRun) => tiles * TILE + 2;

/**
 * The matrix from the values of an axis to what is multiplied with the taps.
 *
 * @param size of the axis; what lies outside counts as 0
 * @returns (`PRODUCTS` * tiles, values read), tiles fastest
 */
export function inputMatrix(run: TileRun, size: number): Float32Array {
  const values = valuesRead(run);
  const matrix = new Float32Array(PRODUCTS * run.tiles * values);
  for (const [product, factors] of ofValues.entries()) {
    for (let tile = 0; tile < run.tiles; tile++) {
      for (const [i, factor] of factors.entries()) {
        const at = tile * TILE + i;
        const position = run.start - 1 + at;
        if (position >= 0 && position < size) matrix[(product * run.tiles + tile) * values + at] = factor;
      }
    }
  }
  return matrix;
}

/** The matrix from the products to the outputs of whole tiles: (`TILE` * tiles, `PRODUCTS` * tiles). */
export function outputMatrix({ tiles }: TileRun): Float32Array {
  const matrix = new Float32Array(TILE * tiles * PRODUCTS * tiles);
  for (let output = 0; output < TILE * tiles; output++) {
    const tile = Math.floor(output / TILE);
    for (let product = 0; product < PRODUCTS; product++) {
      matrix[(output * PRODUCTS + product) * tiles + tile] = fromProducts[output % TILE]![product]!;
    }
  }
  return matrix;
}

/**
 * Transforms an axis of three taps.
 *
 * @param taps (before, 3, after)
 * @returns (`PRODUCTS`, before, after)
 */
export function transformTaps(taps: Float64Array, before: number, after: number): Float64Array {
  const result = new Float64Array(PRODUCTS * before * after);
  for (const [product, factors] of ofTaps.entries()) {
    for (let b = 0; b < before; b++) {
      for (let a = 0; a < after; a++) {
        let sum = 0;
        for (let tap = 0; tap < 3; tap++) sum += factors[tap]! * taps[(b * 3 + tap) * after + a]!;
        result[(product * before + b) * after + a] = sum;
      }
    }
  }
  return result;
}
