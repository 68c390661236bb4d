/**
 * Returns percentile `q` (0 to 100) of values in ascending order, interpolating linearly between the two neighbouring
 * values. Like NumPy, it interpolates from the nearer neighbour: the two forms differ in the last bit, and plans are
 * compared bit by bit. There must be at least one value.
 */
export function percentileOfSorted(sorted: Float32Array | Float64Array, q: number): number {
  const position = (sorted.length - 1) * (q / 100);
  const index = Math.floor(position);
  const low = sorted[index]!;
  const high = sorted[Math.min(index + 1, sorted.length - 1)]!;
  const part = position - index;
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}
