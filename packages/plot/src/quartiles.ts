import { percentileOfSorted } from '@nnunet/tensor/internal';

/** What a box plot draws. */
export interface Quartiles {
  first: number;
  median: number;
  third: number;
  /** The most extreme values at most 1.5 interquartile ranges away from the box (Tukey), or the box's ends. */
  low: number;
  high: number;
}

/** Returns the quartiles, interpolated linearly, and the ends of the whiskers; there must be at least one value. */
export function quartilesOf(values: readonly number[]): Quartiles {
  const sorted = Float64Array.from(values).sort();
  const [first, median, third] = [25, 50, 75].map((q) => percentileOfSorted(sorted, q)) as [number, number, number];
  const reach = 1.5 * (third - first);
  return {
    first,
    median,
    third,
    low: Math.min(first, sorted.find((value) => value >= first - reach)!),
    high: Math.max(third, sorted.filter((value) => value <= third + reach).at(-1)!),
  };
}
