/**
 * Returns percentile `q` (0 to 100) of values in ascending order, interpolating linearly between the two neighbouring
 * values. Like NumPy, it interpolates from the nearer neighbour: the two forms differ in the last bit, and plans are
 * compared bit by bit. There must be at least one value.
 */
export function percentileOfSorted(sorted: Float32Array | Float64Array, q: number): number {
  return percentileAt(sorted.length, q, (index) => sorted[index]!);
}

/** Like {@link percentileOfSorted}, for `length` ascending values that a function gives. */
export function percentileAt(length: number, q: number, valueAt: (index: number) => number): number {
  const position = (length - 1) * (q / 100);
  const index = Math.floor(position);
  const low = valueAt(index);
  const high = valueAt(Math.min(index + 1, length - 1));
  const part = position - index;
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

/** Returns the median; for an even count, the mean of the two middle values. `values` must not be empty. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
