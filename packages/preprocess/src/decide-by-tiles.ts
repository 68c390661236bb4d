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

/** Largest extent of a tile, (z, y, x): small enough to lie within one or two structures. */
const TILE = [16, 16, 32] as const;

/** Planes whose labels are held until their tiles are all decided. */
export const TILE_PLANES = TILE[0];

/** Whether tiles pay: without splines, and where resampling does not shrink. */
export function decidesByTiles(options: ResampleOptions): boolean {
  const voxels = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  return LinearTiles.possible(options) && !keepsShape(options) && voxels(options.newShape) >= voxels(options.shape);
}

/** Bytes of the buffers of one tile. */
export function tileBytes({ shape, newShape }: ResampleOptions): number {
  const widest = TILE.map((n, axis) => Math.max(n, Math.ceil((n * shape[axis]!) / newShape[axis]!) + 2));
  return (2 * 8 + 5) * widest.reduce((a, b) => a * b, 1);
}

/**
 * Labels of a few output planes, decided tile by tile. In most tiles a single class can win: an interpolated probability
 * is no greater than the greatest around it, so that classes whose greatest is less than what another reaches everywhere
 * in the tile are left out. The labels are the same as of all classes.
 */
export class TileBands<L extends Uint8Array | Uint16Array = Uint8Array> {
  readonly #rows: number;
  readonly #columns: number;
  readonly #tiles: LinearTiles;
  readonly #tile: TileLabels;
  readonly #band: L;
  readonly #labels: L;

  /** @param make an array of the type that holds every label */
  constructor(options: ResampleOptions, rule: TileRule, { planes, make }: { planes: number; make: (n: number) => L }) {
    const [, rows, columns] = options.newShape as [number, number, number];
    this.#rows = rows;
    this.#columns = columns;
    this.#tiles = new LinearTiles(options);
    this.#band = make(planes * rows * columns);
    this.#labels = make(planes * TILE[1] * TILE[2]);
    this.#tile = new TileLabels(this.#tiles, rule, this.#labels);
  }

  /** Input planes, [first, end), that output planes [first, end) are made of. */
  inputPlanes(first: number, end: number): [number, number] {
    return this.#tiles.inputPlanes(first, end);
  }

  /**
   * Labels of the output planes [first, end), at most as many as `planes` said.
   * @param channels scores of each class; of the input planes from `base` on
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
  /** Channels that play a part. */
  classes: number;
}

/** `decideLabels` tile by tile, for a whole image. */
export function decideByTiles(
  softmax: Softmax,
  resampling: SoftmaxResampling,
  { planes: bandPlanes, regionClassOrder, classes }: TileDecision,
  sink: LabelSink,
): void {
  const planes = resampling.newShape[0];
  const options = resampleOptions(softmax.shape, resampling);
  const make = (n: number) => new Uint8Array(n);
  const bands = new TileBands(options, { regionClassOrder, halfFloats: false }, { planes: bandPlanes, make });
  const channels = Array.from({ length: classes }, (_, c) => channelOf(softmax, c));
  for (let first = 0; first < planes; first += bandPlanes)
    bands.decide(channels, { first, end: Math.min(planes, first + bandPlanes) }, sink);
}
