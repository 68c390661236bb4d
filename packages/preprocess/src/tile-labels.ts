import type { LinearTiles, TileBound } from '@nnunet/resample/internal';
import { roundToFloat16 } from '@nnunet/tensor/internal';

/** How scores become labels. */
export interface TileRule {
  /** Label of each region, in the order of writing; null: the class with the greatest score. */
  regionClassOrder: readonly number[] | null;
  /** Scores are v2's: logits, half floats before and after interpolation. Else probabilities, compared in float32. */
  halfFloats: boolean;
}

/** Decides the labels of one tile after another. */
export class TileLabels {
  readonly #tiles: LinearTiles;
  readonly #rule: TileRule;
  readonly #labels: Uint8Array | Uint16Array;
  readonly #best: Float32Array;
  /** Scores of a class in the tile, as they are compared. */
  readonly #scores: Float32Array<ArrayBuffer>;
  /** What no score of a channel exceeds in the tile. */
  #greatest = new Float64Array(0);
  readonly #bound: TileBound = { greatest: 0, notNegative: true };

  /** @param labels are written here, row-major */
  constructor(tiles: LinearTiles, rule: TileRule, labels: Uint8Array | Uint16Array) {
    this.#tiles = tiles;
    this.#rule = rule;
    this.#labels = labels;
    this.#best = new Float32Array(labels.length);
    this.#scores = new Float32Array(labels.length);
  }

  /** Labels of the `count` voxels of the tile in use. */
  decide(channels: readonly Float32Array[], count: number): void {
    if (this.#rule.regionClassOrder === null) this.#decideClasses(channels, count);
    else this.#paintRegions(channels, count, this.#rule.regionClassOrder);
  }

  /** The class with the greatest score, the lowest of equal ones. */
  #decideClasses(channels: readonly Float32Array[], count: number): void {
    const top = this.#lookAhead(channels);
    this.#labels.fill(0, 0, count);
    this.#best.fill(Number.NEGATIVE_INFINITY, 0, count);
    let least = this.#keepBest(channels[top]!, top, count);
    for (let c = 0; c < channels.length; c++) {
      if (c !== top && !(this.#greatest[c]! < least)) least = this.#keepBest(channels[c]!, c, count);
    }
  }

  /** The last region's label that is more probable than one half. */
  #paintRegions(channels: readonly Float32Array[], count: number, regionClassOrder: readonly number[]): void {
    this.#lookAhead(channels);
    const { halfFloats } = this.#rule;
    const labels = this.#labels.fill(0, 0, count);
    for (let c = 0; c < channels.length; c++) {
      if (this.#greatest[c]! <= (halfFloats ? 0 : 0.5)) continue;
      const scores = this.#scoresOf(channels[c]!, count);
      const label = regionClassOrder[c]!;
      if (halfFloats) for (let i = 0; i < count; i++) labels[i] = sigmoid(scores[i]!) > 0.5 ? label : labels[i]!;
      else for (let i = 0; i < count; i++) labels[i] = scores[i]! > 0.5 ? label : labels[i]!;
    }
  }

  /** Bounds of all channels; returns the channel with the greatest. */
  #lookAhead(channels: readonly Float32Array[]): number {
    if (this.#greatest.length !== channels.length) this.#greatest = new Float64Array(channels.length);
    let top = 0;
    for (let c = 0; c < channels.length; c++) {
      this.#tiles.bound(channels[c]!, this.#bound);
      // With negative values rounding might exceed the bound in float32. Half floats are too coarse for that.
      const valid = this.#bound.notNegative || this.#rule.halfFloats;
      this.#greatest[c] = valid ? this.#bound.greatest : Number.POSITIVE_INFINITY;
      if (this.#greatest[c]! > this.#greatest[top]!) top = c;
    }
    return top;
  }

  /** Lets a class win where its score is greater; returns the least of the best scores. */
  #keepBest(channel: Float32Array, c: number, count: number): number {
    const scores = this.#scoresOf(channel, count);
    const best = this.#best;
    const labels = this.#labels;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const p = scores[i]!;
      const q = best[i]!;
      if (p > q || (p === q && c < labels[i]!)) {
        best[i] = p;
        labels[i] = c;
        if (p < least) least = p;
      } else if (q < least) least = q;
    }
    return least;
  }

  #scoresOf(channel: Float32Array, count: number): Float32Array {
    const values = this.#tiles.tile(channel);
    const scores = this.#scores;
    for (let i = 0; i < count; i++) scores[i] = values[i]!;
    if (this.#rule.halfFloats) roundToFloat16(scores.subarray(0, count), scores.subarray(0, count));
    return scores;
  }
}

function sigmoid(x: number): number {
  return Math.fround(1 / (1 + Math.exp(-x)));
}
