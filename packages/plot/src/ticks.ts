/** Round numbers inside a range and the texts to write beside them. */
export interface Ticks {
  values: number[];
  texts: string[];
}

/**
 * About `count` round numbers (1, 2 or 5 times a power of ten apart) that cover [low, high] from the inside.
 * With `integers` the steps are whole numbers.
 */
export function niceTicks(low: number, high: number, count: number, integers = false): Ticks {
  if (!(high > low)) return { values: [low], texts: [formatNumber(low, Math.abs(low) / 10)] };
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = rough / power;
  // Between 1, 2, 5 and 10 the nearest on a logarithmic scale.
  const factor = size < Math.sqrt(2) ? 1 : size < Math.sqrt(10) ? 2 : size < Math.sqrt(50) ? 5 : 10;
  const step = integers ? Math.max(1, Math.round(factor * power)) : factor * power;
  const values: number[] = [];
  const first = Math.ceil(low / step - 1e-9) + 0; // + 0 turns -0 into 0
  const last = Math.floor(high / step + 1e-9);
  for (let i = first; i <= last; i++) values.push(i * step);
  return { values, texts: values.map((value) => formatNumber(value, step)) };
}

/** A number with as many digits as its neighbours, one step away, need to look different. */
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

/** The range of the finite values, widened by `margin` of it on both sides; null without any. */
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
