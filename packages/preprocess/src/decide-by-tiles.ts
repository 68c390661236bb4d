import { LinearTiles, type ResampleOptions, type TileBound } from '@nnunet/resample';
import {
  channelOf,
  keepsShape,
  type LabelSink,
  resampleOptions,
  type Softmax,
  type SoftmaxResampling,
} from './softmax.ts';

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

export interface TileDecision {
  /** At most {@link TILE_PLANES}. */
  planes: number;
  regionClassOrder: readonly number[] | null;
  /** Channels that play a part. */
  classes: number;
}

/**
 * `decideLabels` tile by tile. In most tiles a single class can win: an interpolated probability is no greater than the
 * greatest around it, so that classes whose greatest is less than what another reaches everywhere in the tile are left
 * out. The labels are the same as of all classes.
 */
export function decideByTiles(
  softmax: Softmax,
  resampling: SoftmaxResampling,
  { planes: bandPlanes, regionClassOrder, classes }: TileDecision,
  sink: LabelSink,
): void {
  const [planes, rows, columns] = resampling.newShape;
  const size = rows * columns;
  const tiles = new LinearTiles(resampleOptions(softmax.shape, resampling));
  const channels = Array.from({ length: classes }, (_, c) => channelOf(softmax, c));
  const band = new Uint8Array(bandPlanes * size);
  const labels = new Uint8Array(bandPlanes * TILE[1] * TILE[2]);
  const tile = new TileLabels(tiles, channels, labels);
  for (let k = 0; k < planes; k += bandPlanes) {
    const nz = Math.min(bandPlanes, planes - k);
    for (let j = 0; j < rows; j += TILE[1]) {
      const ny = Math.min(TILE[1], rows - j);
      for (let i = 0; i < columns; i += TILE[2]) {
        const nx = Math.min(TILE[2], columns - i);
        tiles.use({ start: [k, j, i], size: [nz, ny, nx] });
        if (regionClassOrder === null) tile.decideClasses(nz * ny * nx);
        else tile.paintRegions(nz * ny * nx, regionClassOrder);
        for (let z = 0, at = 0; z < nz; z++) {
          for (let y = 0; y < ny; y++) {
            const to = (z * rows + j + y) * columns + i;
            for (let x = 0; x < nx; x++, at++) band[to + x] = labels[at]!;
          }
        }
      }
    }
    for (let z = 0; z < nz; z++) sink(band.subarray(z * size, (z + 1) * size), k + z);
  }
}

class TileLabels {
  readonly #tiles: LinearTiles;
  readonly #channels: readonly Float32Array[];
  readonly #labels: Uint8Array;
  readonly #best: Float32Array;
  /** What no probability of a channel exceeds in the tile. */
  readonly #greatest: Float64Array;
  readonly #bound: TileBound = { greatest: 0, notNegative: true };

  constructor(tiles: LinearTiles, channels: readonly Float32Array[], labels: Uint8Array) {
    this.#tiles = tiles;
    this.#channels = channels;
    this.#labels = labels;
    this.#best = new Float32Array(labels.length);
    this.#greatest = new Float64Array(channels.length);
  }

  /** The most probable class of each of the tile's `count` voxels, the lowest of equal ones. */
  decideClasses(count: number): void {
    const top = this.#lookAhead();
    this.#labels.fill(0, 0, count);
    this.#best.fill(Number.NEGATIVE_INFINITY, 0, count);
    let least = this.#keepBest(top, count);
    for (let c = 0; c < this.#channels.length; c++) {
      if (c !== top && !(this.#greatest[c]! < least)) least = this.#keepBest(c, count);
    }
  }

  /** The last region's label that is more probable than one half. */
  paintRegions(count: number, regionClassOrder: readonly number[]): void {
    this.#lookAhead();
    const labels = this.#labels.fill(0, 0, count);
    for (let c = 0; c < this.#channels.length; c++) {
      if (this.#greatest[c]! <= 0.5) continue;
      const values = this.#tiles.tile(this.#channels[c]!);
      const label = regionClassOrder[c]!;
      for (let i = 0; i < count; i++) if (Math.fround(values[i]!) > 0.5) labels[i] = label;
    }
  }

  /** Bounds of all channels; returns the channel with the greatest. */
  #lookAhead(): number {
    let top = 0;
    for (let c = 0; c < this.#channels.length; c++) {
      this.#tiles.bound(this.#channels[c]!, this.#bound);
      // with negative values rounding might exceed the bound in float32
      this.#greatest[c] = this.#bound.notNegative ? this.#bound.greatest : Number.POSITIVE_INFINITY;
      if (this.#greatest[c]! > this.#greatest[top]!) top = c;
    }
    return top;
  }

  /** Lets a class win where it is more probable; returns the least of the best probabilities. */
  #keepBest(c: number, count: number): number {
    const values = this.#tiles.tile(this.#channels[c]!);
    const best = this.#best;
    const labels = this.#labels;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const p = Math.fround(values[i]!);
      const q = best[i]!;
      if (p > q || (p === q && c < labels[i]!)) {
        best[i] = p;
        labels[i] = c;
        if (p < least) least = p;
      } else if (q < least) least = q;
    }
    return least;
  }
}
