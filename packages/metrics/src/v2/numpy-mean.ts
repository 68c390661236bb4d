/** Lengths up to which NumPy adds with eight running sums. */
const BLOCK = 128;

/** Sum in the order in which NumPy adds: eight running sums in blocks, the blocks in pairs. */
function pairwiseSum(values: readonly number[]): number {
  const { length } = values;
  if (length < 8) return values.reduce((sum, value) => sum + value, 0);
  if (length > BLOCK) {
    const half = length >> 1;
    const middle = half - (half % 8);
    return pairwiseSum(values.slice(0, middle)) + pairwiseSum(values.slice(middle));
  }
  const sums = values.slice(0, 8);
  const whole = length - (length % 8);
  for (let i = 8; i < whole; i++) sums[i % 8]! += values[i]!;
  const [a, b, c, d, e, f, g, h] = sums as [number, number, number, number, number, number, number, number];
  return values.slice(whole).reduce((sum, value) => sum + value, a + b + (c + d) + (e + f + (g + h)));
}

/** NumPy's `mean`, to the last bit. */
export function numpyMean(values: readonly number[]): number {
  return pairwiseSum(values) / values.length;
}

/** NumPy's `nanmean`, to the last bit: NaN is added as 0 and not counted; NaN if there is nothing else. */
export function numpyMeanWithoutNaN(values: readonly number[]): number {
  const count = values.filter((value) => !Number.isNaN(value)).length;
  return pairwiseSum(values.map((value) => (Number.isNaN(value) ? 0 : value))) / count;
}
