/**
 * Percentile `q` (0 to 100) with linear interpolation between the two neighbouring values. The interpolation starts
 * from the nearer neighbour, as numpy's does: the two forms differ in the last bit, and plans are compared bit for bit.
 * `values` must not be empty.
 */
export function percentile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * (q / 100);
  const index = Math.floor(position);
  const low = sorted[index]!;
  const high = sorted[Math.min(index + 1, sorted.length - 1)]!;
  const t = position - index;
  const step = high - low;
  return t < 0.5 ? low + step * t : high - step * (1 - t);
}

/** The middle value; of an even count the mean of the two middle ones. `values` must not be empty. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Applies `reduce` to each column of a list of rows, e.g. one median per axis. */
export function perAxis(rows: readonly (readonly number[])[], reduce: (column: number[]) => number): number[] {
  return rows[0]!.map((_, axis) => reduce(rows.map((row) => row[axis]!)));
}

/** Index of the first largest value. */
export function argmax(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Product of all values, multiplied from the first to the last; 1 for none. */
export function product(values: readonly number[]): number {
  let result = 1;
  for (const value of values) result *= value;
  return result;
}
