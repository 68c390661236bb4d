import type { LinearTiles, TileBound } from '@nnunet/resample/internal';
import { roundToFloat16 } from '@nnunet/tensor/internal';

/** How scores are converted to labels. */
export interface TileRule {
  /** Label of each region, in painting order; null: the class with the highest score. */
  regionClassOrder: readonly number[] | null;
  /**
   * Precision to which interpolated logits are rounded before they are compared (v2). null: the scores are
   * probabilities, compared in float32.
   */
  logits: 'float16' | 'float32' | null;
}

/** Decides labels, tile by tile. */
export class TileLabels {
  readonly #tiles: LinearTiles;
  readonly #rule: TileRule;
  readonly #labels: Uint8Array | Uint16Array;
  readonly #best: Float32Array;
  /** Scores of a class within the tile, as compared. */
  readonly #scores: Float32Array<ArrayBuffer>;
  /** Upper bound of each channel's scores in the tile. */
  #greatest = new Float64Array(0);
  readonly #bound: TileBound = { greatest: 0, notNegative: true };

  /** @param labels output array, row-major */
  constructor(tiles: LinearTiles, rule: TileRule, labels: Uint8Array | Uint16Array) {
    this.#tiles = tiles;
    this.#rule = rule;
    this.#labels = labels;
    this.#best = new Float32Array(labels.length);
    this.#scores = new Float32Array(labels.length);
  }

  /** Decides the labels of the `count` voxels of the current tile. */
  decide(channels: readonly Float32Array[], count: number): void {
    if (this.#rule.regionClassOrder === null) this.#decideClasses(channels, count);
    else this.#paintRegions(channels, count, this.#rule.regionClassOrder);
  }

  /** The class with the highest score, the lowest index on a tie. */
  #decideClasses(channels: readonly Float32Array[], count: number): void {
    const top = this.#lookAhead(channels);
    this.#labels.fill(0, 0, count);
    this.#best.fill(Number.NEGATIVE_INFINITY, 0, count);
    let least = this.#keepBest(channels[top]!, top, count);
    for (let c = 0; c < channels.length; c++) {
      if (c !== top && !(this.#greatest[c]! < least)) least = this.#keepBest(channels[c]!, c, count);
    }
  }

  /** The label of the last region whose probability exceeds 0.5. */
  #paintRegions(channels: readonly Float32Array[], count: number, regionClassOrder: readonly number[]): void {
    this.#lookAhead(channels);
    const areLogits = this.#rule.logits !== null;
    const labels = this.#labels.fill(0, 0, count);
    for (let c = 0; c < channels.length; c++) {
      if (this.#greatest[c]! <= (areLogits ? 0 : 0.5)) continue;
      const scores = this.#scoresOf(channels[c]!, count);
      const label = regionClassOrder[c]!;
      if (areLogits) for (let i = 0; i < count; i++) labels[i] = sigmoid(scores[i]!) > 0.5 ? label : labels[i]!;
      else for (let i = 0; i < count; i++) labels[i] = scores[i]! > 0.5 ? label : labels[i]!;
    }
  }

  /** Computes the bounds of all channels; returns the channel with the highest. */
  #lookAhead(channels: readonly Float32Array[]): number {
    if (this.#greatest.length !== channels.length) this.#greatest = new Float64Array(channels.length);
    let top = 0;
    for (let c = 0; c < channels.length; c++) {
      this.#tiles.bound(channels[c]!, this.#bound);
      // With negative values, rounding might exceed the bound in float32. Half floats are too coarse for that.
      const valid = this.#bound.notNegative || this.#rule.logits === 'float16';
      this.#greatest[c] = valid ? this.#bound.greatest : Number.POSITIVE_INFINITY;
      if (this.#greatest[c]! > this.#greatest[top]!) top = c;
    }
    return top;
  }

  /** Assigns a class where its score is higher; returns the lowest of the best scores. */
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
    if (this.#rule.logits === 'float16') roundToFloat16(values.subarray(0, count), scores.subarray(0, count));
    else for (let i = 0; i < count; i++) scores[i] = values[i]!;
    return scores;
  }
}

function sigmoid(x: number): number {
  return Math.fround(1 / (1 + Math.exp(-x)));
}
