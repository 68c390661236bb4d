import type { ResampleOptions } from '@nnunet/resample';
import { LinearTiles } from '@nnunet/resample/internal';
import {
  channelOf,
  keepsShape,
  type LabelSink,
  resampleOptions,
  type Softmax,
  type SoftmaxResampling,
} from './softmax.ts';
import { TileLabels, type TileRule } from './tile-labels.ts';

/** Largest tile, (z, y, x): small enough to lie within one or two structures. */
const TILE = [16, 16, 32] as const;

/** Number of planes whose labels are buffered until all their tiles are decided. */
export const TILE_PLANES = TILE[0];

/** Whether deciding by tiles is worthwhile: for linear or nearest interpolation that does not shrink the image. */
export function tilesPay(options: ResampleOptions): boolean {
  const voxels = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  return LinearTiles.possible(options) && !keepsShape(options) && voxels(options.newShape) >= voxels(options.shape);
}

/** Bytes of the buffers for one tile. */
export function tileBytes({ shape, newShape }: ResampleOptions): number {
  const widest = TILE.map((n, axis) => Math.max(n, Math.ceil((n * shape[axis]!) / newShape[axis]!) + 2));
  return (2 * 8 + 5) * widest.reduce((a, b) => a * b, 1);
}

/**
 * Decides the labels of a few output planes, tile by tile. In most tiles only one class can win: an interpolated
 * probability never exceeds the maximum of its neighbours, so a class is skipped if its maximum in the tile is below
 * the minimum of another. The labels are the same as if all classes were compared.
 */
export class TileBands<L extends Uint8Array | Uint16Array = Uint8Array> {
  readonly #rows: number;
  readonly #columns: number;
  readonly #tiles: LinearTiles;
  readonly #tile: TileLabels;
  readonly #band: L;
  readonly #labels: L;

  /** @param make creates an array of a type that can hold every label */
  constructor(options: ResampleOptions, rule: TileRule, { planes, make }: { planes: number; make: (n: number) => L }) {
    const [, rows, columns] = options.newShape as [number, number, number];
    this.#rows = rows;
    this.#columns = columns;
    this.#tiles = new LinearTiles(options);
    this.#band = make(planes * rows * columns);
    this.#labels = make(planes * TILE[1] * TILE[2]);
    this.#tile = new TileLabels(this.#tiles, rule, this.#labels);
  }

  /** Returns the range of input planes, [first, end), needed for the output planes [first, end). */
  inputPlanes(first: number, end: number): [number, number] {
    return this.#tiles.inputPlanes(first, end);
  }

  /**
   * Returns the labels of the output planes [first, end), at most `planes` of them.
   * @param channels scores of each class, starting at input plane `base`
   */
  decide(
    channels: readonly Float32Array[],
    { first, end, base = 0 }: { first: number; end: number; base?: number },
    sink: LabelSink<L>,
  ): void {
    const [rows, columns, band, labels] = [this.#rows, this.#columns, this.#band, this.#labels];
    const size = rows * columns;
    const nz = end - first;
    for (let j = 0; j < rows; j += TILE[1]) {
      const ny = Math.min(TILE[1], rows - j);
      for (let i = 0; i < columns; i += TILE[2]) {
        const nx = Math.min(TILE[2], columns - i);
        this.#tiles.use({ start: [first, j, i], size: [nz, ny, nx] }, base);
        this.#tile.decide(channels, nz * ny * nx);
        for (let z = 0, at = 0; z < nz; z++) {
          for (let y = 0; y < ny; y++) {
            const to = (z * rows + j + y) * columns + i;
            for (let x = 0; x < nx; x++, at++) band[to + x] = labels[at]!;
          }
        }
      }
    }
    for (let z = 0; z < nz; z++) sink(band.subarray(z * size, (z + 1) * size) as L, first + z);
  }
}

export interface TileDecision {
  /** At most {@link TILE_PLANES}. */
  planes: number;
  regionClassOrder: readonly number[] | null;
  /** Number of channels that are compared. */
  classes: number;
}

/** Decides the labels of a whole image by tiles; see `decideLabels`. */
export function decideByTiles(
  softmax: Softmax,
  resampling: SoftmaxResampling,
  { planes: bandPlanes, regionClassOrder, classes }: TileDecision,
  sink: LabelSink,
): void {
  const planes = resampling.newShape[0];
  const options = resampleOptions(softmax.shape, resampling);
  const make = (n: number) => new Uint8Array(n);
  const bands = new TileBands(options, { regionClassOrder, logits: null }, { planes: bandPlanes, make });
  const channels = Array.from({ length: classes }, (_, c) => channelOf(softmax, c));
  for (let first = 0; first < planes; first += bandPlanes)
    bands.decide(channels, { first, end: Math.min(planes, first + bandPlanes) }, sink);
}
