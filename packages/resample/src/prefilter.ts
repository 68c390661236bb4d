import { MARGIN, POLE } from './axis-kernel.ts';

/**
 * Cubic B-spline coefficients (without the gain) of `width` columns at once, in place.
 *
 * `rows` holds the samples in rows MARGIN … MARGIN + n − 1 (row r, column j at offset + r · stride + j) and receives
 * n + 2 · MARGIN rows of coefficients. Beyond its ends a line keeps its end value for ever: SciPy pads 12 such samples
 * and reflects there, which is the same to 1e-14 because the filter's memory fades by 0.27 a sample; the ends are
 * closed forms of the geometric series instead of padding.
 */
export function prefilterRows(rows: Float64Array, offset: number, stride: number, n: number, width: number): void {
  const z = POLE;
  const steady = 1 / (1 - z);
  const tail = 1 / (1 - z * z);
  const first = offset + MARGIN * stride;
  const last = first + (n - 1) * stride;
  for (let j = 0; j < width; j++) {
    // what the steady state of the constant extension would be at the right end; needed after the samples are gone
    rows[last + stride + j] = rows[last + j]! * steady;
    const left = rows[first + j]! * steady;
    rows[first + j] = left;
    rows[first - stride + j] = left;
    rows[first - 2 * stride + j] = left;
  }
  for (let i = first + stride; i <= last; i += stride) {
    const before = i - stride;
    for (let j = 0; j < width; j++) rows[i + j] = rows[i + j]! + z * rows[before + j]!;
  }
  for (let j = 0; j < width; j++) {
    const end = rows[last + stride + j]!;
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
