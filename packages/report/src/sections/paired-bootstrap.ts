import { counterRandom } from '@nnunet/tensor';
import { percentileOfSorted } from '@nnunet/tensor/internal';

/** Scores of one candidate: label to one Dice per case, NaN where undefined; cases in the same order for all. */
export type CaseScoresByLabel = readonly Float64Array[];

export interface DifferenceInterval {
  difference: number;
  /** 95 % of the resampled differences lie between these. */
  low: number;
  high: number;
}

const DRAWS = 10_000;
const SEED = 12345;

/**
 * Compares the mean scores of two candidates on the same cases: resamples the cases with replacement 10,000 times, the same
 * ones for both candidates, and takes percentiles 2.5 and 97.5 of the differences. A mean score is the mean over the
 * labels of the mean over the cases in which a label has a Dice, as in summary.json.
 *
 * The seed is fixed, so that the same scores have the same interval. Origin: B. Efron, Bootstrap Methods: Another Look
 * at the Jackknife, Annals of Statistics 7, 1979; the percentile interval of Efron & Tibshirani, An Introduction to the
 * Bootstrap, 1993, chapter 13.
 */
export function pairedBootstrap(best: CaseScoresByLabel, other: CaseScoresByLabel): DifferenceInterval {
  const cases = best[0]?.length ?? 0;
  const every = new Uint32Array(cases).fill(1);
  const random = counterRandom(SEED, 'bootstrap');
  const lead = (counts: Uint32Array) => weightedScore(best, counts) - weightedScore(other, counts);
  const differences = new Float64Array(DRAWS);
  const times = new Uint32Array(cases);
  for (let draw = 0; draw < DRAWS; draw++) {
    times.fill(0);
    for (let i = 0; i < cases; i++) times[random.integer(cases)]!++;
    differences[draw] = lead(times);
  }
  // A label that occurs in few cases may be missing from a draw altogether.
  const sorted = differences.filter((value) => !Number.isNaN(value)).sort();
  const difference = lead(every);
  if (sorted.length === 0) return { difference, low: Number.NaN, high: Number.NaN };
  return { difference, low: percentileOfSorted(sorted, 2.5), high: percentileOfSorted(sorted, 97.5) };
}

/** Mean over the labels of the mean over the cases, each counted so many times, ignoring NaN. */
function weightedScore(scores: CaseScoresByLabel, times: Uint32Array): number {
  let sum = 0;
  let labels = 0;
  for (const values of scores) {
    let total = 0;
    let count = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      total += times[i]! * value;
      count += times[i]!;
    }
    if (count === 0) continue;
    sum += total / count;
    labels++;
  }
  return sum / labels;
}
