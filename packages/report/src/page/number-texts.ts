/** What stands for a number that is undefined or unknown. */
export const NONE = '–';

/** Formats a score with four decimals, enough to compare with summary.json. */
export function score(value: number | null | undefined): string {
  return fixed(value, 4);
}

/** Formats a number with so many decimals. */
export function fixed(value: number | null | undefined, decimals: number): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NONE : sign(value.toFixed(decimals));
}

/** Formats a number with about four significant digits, without exponents where they can be avoided. */
export function plain(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return sign(value.toExponential(2));
  return sign(String(Number(value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4))));
}

/** Formats a volume in mm³ as millilitres. */
export function millilitres(volume: number | null | undefined): string {
  return volume === null || volume === undefined ? NONE : plain(volume / 1000);
}

/** Numbers that are defined. */
export function defined(values: Iterable<number | null | undefined>): number[] {
  return [...values].filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
}

export interface Spread {
  mean: number;
  /** Standard deviation of the sample; null for a single value. */
  deviation: number | null;
  count: number;
}

/** Mean and spread of the values that are defined; null if there are none. */
export function spreadOf(values: Iterable<number | null | undefined>): Spread | null {
  const numbers = defined(values);
  if (numbers.length === 0) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    deviation: numbers.length > 1 ? Math.sqrt(squares / (numbers.length - 1)) : null,
    count: numbers.length,
  };
}

function sign(text: string): string {
  return text.replace('-', '−');
}
