/** Voxel counts per foreground class, summed over the samples of a batch: entry i belongs to label i + 1. */
export interface ClassCounts {
  readonly truePositives: ArrayLike<number>;
  readonly falsePositives: ArrayLike<number>;
  readonly falseNegatives: ArrayLike<number>;
}

/**
 * The quick estimate of the Dice during training: counts voxels of random patches over all validation batches of an
 * epoch as if they were one image.
 *
 * Origin: v1's `run_online_evaluation` and `finish_online_evaluation`.
 */
export class OnlineEvaluation {
  readonly #counts: [tp: number, fp: number, fn: number][];

  /** @param classes foreground classes */
  constructor(classes: number) {
    this.#counts = Array.from({ length: classes }, () => [0, 0, 0]);
  }

  add({ truePositives, falsePositives, falseNegatives }: ClassCounts): void {
    this.#counts.forEach((sum, c) => {
      sum[0] += truePositives[c]!;
      sum[1] += falsePositives[c]!;
      sum[2] += falseNegatives[c]!;
    });
  }

  /**
   * Dice = 2tp / (2tp + fp + fn) per class, without the classes that occur neither in the reference nor in the
   * prediction; and its mean, NaN where no class is left.
   *
   * @returns also `classDice`: of every class, NaN for those left out
   */
  finish(): { dice: number[]; classDice: number[]; metric: number } {
    const classDice = this.#counts.map(([tp, fp, fn]) => (2 * tp) / (2 * tp + fp + fn));
    const dice = classDice.filter((value) => !Number.isNaN(value));
    return { dice, classDice, metric: dice.length === 0 ? Number.NaN : dice.reduce((a, b) => a + b, 0) / dice.length };
  }
}
