import { percentileOfSorted } from '@nnunet/tensor/internal';

/** Location and spread of values, hardly affected by outliers. */
export interface RobustScale {
  count: number;
  median: number;
  /** Estimates the standard deviation. */
  deviation: number;
  /** Percentiles 5 and 95. */
  low: number;
  high: number;
}

/** Robust z-scores beyond this are outliers. Origin: Iglewicz & Hoaglin, How to Detect and Handle Outliers, 1993. */
export const OUTLIER = 3.5;

/** Turns the median absolute deviation into the standard deviation of normally distributed values. */
const TO_STANDARD_DEVIATION = 1.4826;

/**
 * Describes values by their median and median absolute deviation.
 *
 * @param least lower bound of the deviation: the difference that never counts as unusual, divided by {@link OUTLIER}
 * @returns null for fewer than five values, which say nothing about what is usual
 */
export function robustScale(values: readonly number[], least: number): RobustScale | null {
  if (values.length < 5) return null;
  const sorted = Float64Array.from(values).sort();
  const median = percentileOfSorted(sorted, 50);
  const deviations = sorted.map((value) => Math.abs(value - median)).sort();
  const deviation = Math.max(least, TO_STANDARD_DEVIATION * percentileOfSorted(deviations, 50));
  const [low, high] = [percentileOfSorted(sorted, 5), percentileOfSorted(sorted, 95)];
  return { count: values.length, median, deviation, low, high };
}

/** Number of deviations from the median. */
export function robustScore(value: number, { median, deviation }: RobustScale): number {
  return (value - median) / deviation;
}

/**
 * Whether a value is beyond the usual ones by more than `least`: values of two kinds, or of few cases, may all be far from
 * their median.
 */
export function isOutside(value: number, { low, high }: RobustScale, least: number): boolean {
  return value < low - least || value > high + least;
}
