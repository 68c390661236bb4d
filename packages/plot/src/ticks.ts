/** Round numbers within a range, and their labels. */
export interface Ticks {
  values: number[];
  texts: string[];
}

/**
 * Returns about `count` round numbers (1, 2 or 5 times a power of ten apart) within [low, high]. With `integers`, steps
 * are integers.
 */
export function niceTicks(low: number, high: number, count: number, integers = false): Ticks {
  if (!(high > low)) return { values: [low], texts: [formatNumber(low, Math.abs(low) / 10)] };
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = rough / power;
  // Choose 1, 2, 5 or 10, whichever is nearest on a logarithmic scale.
  const factor = size < Math.sqrt(2) ? 1 : size < Math.sqrt(10) ? 2 : size < Math.sqrt(50) ? 5 : 10;
  const step = integers ? Math.max(1, Math.round(factor * power)) : factor * power;
  const values: number[] = [];
  const first = Math.ceil(low / step - 1e-9) + 0; // + 0 turns -0 into 0.
  const last = Math.floor(high / step + 1e-9);
  for (let i = first; i <= last; i++) values.push(i * step);
  return { values, texts: values.map((value) => formatNumber(value, step)) };
}

/** Formats a number with enough digits to distinguish it from its neighbours one step away. */
export function formatNumber(value: number, step: number): string {
  if (value === 0) return '0';
  const size = Math.max(Math.abs(value), step);
  if (size < 1e-3 || size >= 1e6) {
    const digits = Math.max(0, Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(step) + 1e-9));
    return value.toExponential(digits).replace('e+', 'e').replace('e-', 'e−').replace('-', '−');
  }
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return value.toFixed(decimals).replace('-', '−');
}

/** Range of the finite values, extended by a fraction `margin` on both sides; null if there are none. */
export function rangeOf(lists: readonly (readonly number[])[], margin = 0.05): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const list of lists) {
    for (const value of list) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return null;
  const pad = high > low ? (high - low) * margin : Math.abs(high) * margin || 1;
  return [low - pad, high + pad];
}
