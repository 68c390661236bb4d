import { MARGIN, POLE } from './axis-kernel.ts';

/** Neighbouring columns of samples, and where their coefficients go. */
export interface FilterColumns {
  source: Float32Array | Float64Array;
  /** First sample of the first column, and elements from one sample of a column to the next. */
  from: number;
  sourceStride: number;
  /** First coefficient of the first column, and elements from one to the next. */
  offset: number;
  stride: number;
  /** Samples of a column. */
  n: number;
  /** Columns. */
  width: number;
}

/**
 * Cubic B-spline coefficients (without the gain) of `width` columns at once: n samples of each give n + 2 · MARGIN
 * coefficients, MARGIN before the first.
 *
 * Beyond its ends a line keeps its end value for ever: SciPy pads 12 such samples
 * and reflects there, which is the same to 1e-14 because the filter's memory fades by 0.27 a sample; the ends are
 * closed forms of the geometric series instead of padding.
 */
export function prefilterColumns(
  rows: Float64Array,
  { source, from, sourceStride, offset, stride, n, width }: FilterColumns,
): void {
  const z = POLE;
  const steady = 1 / (1 - z);
  const tail = 1 / (1 - z * z);
  const first = offset + MARGIN * stride;
  const last = first + (n - 1) * stride;
  const lastSample = from + (n - 1) * sourceStride;
  for (let j = 0; j < width; j++) {
    const left = source[from + j]! * steady;
    rows[first + j] = left;
    rows[first - stride + j] = left;
    rows[first - 2 * stride + j] = left;
  }
  for (let i = first + stride, sample = from + sourceStride; i <= last; i += stride, sample += sourceStride) {
    const before = i - stride;
    for (let j = 0; j < width; j++) rows[i + j] = source[sample + j]! + z * rows[before + j]!;
  }
  for (let j = 0; j < width; j++) {
    // what the steady state of the constant extension would be at the right end
    const end = source[lastSample + j]! * steady;
    const transient = (rows[last + j]! - end) * tail * z;
    const constant = -z * steady * end;
    rows[last + j] = constant - transient;
    rows[last + stride + j] = constant - z * transient;
    rows[last + 2 * stride + j] = constant - z * z * transient;
  }
  for (let i = last - stride; i >= offset; i -= stride) {
    const after = i + stride;
    for (let j = 0; j < width; j++) rows[i + j] = z * (rows[after + j]! - rows[i + j]!);
  }
}
