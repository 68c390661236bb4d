import { percentileOfSorted } from '@nnunet/tensor/internal';

/** Returns percentile `q` (0 to 100); see {@link percentileOfSorted}. `values` must not be empty. */
export function percentile(values: readonly number[], q: number): number {
  return percentileOfSorted(Float64Array.from(values).sort(), q);
}

/** Applies `reduce` to each column of a list of rows, e.g. to get the median per axis. */
export function perAxis(rows: readonly (readonly number[])[], reduce: (column: number[]) => number): number[] {
  return rows[0]!.map((_, axis) => reduce(rows.map((row) => row[axis]!)));
}

/** Returns the index of the first maximum. */
export function indexOfLargest(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Returns the product of all values, multiplied in order; 1 for an empty list. */
export function product(values: readonly number[]): number {
  let result = 1;
  for (const value of values) result *= value;
  return result;
}
