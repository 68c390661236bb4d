const POLE = Math.sqrt(3) - 2;
/** Per axis: (1 − pole)(1 − 1/pole). */
export const SPLINE_GAIN = 6;
/** Number of terms after which powers of the pole no longer change a float64 sum. */
const HORIZON = 30;

/**
 * Cubic B-spline coefficients of a volume, padded by mirroring with one voxel before and two after each filtered axis,
 * so that all four taps of any coordinate within the volume exist.
 */
export interface SplineVolume {
  values: Float64Array;
  /** Shape without padding, (z, y, x). */
  shape: readonly [number, number, number];
  /** Elements between neighbours along axes 0 and 1 (1 along axis 2). */
  stride0: number;
  stride1: number;
  /** Index of voxel (0, 0, 0). */
  origin: number;
}

/**
 * Lays out a zero-filled volume in `values` (reallocated if too small). `inPlane` volumes are not padded along axis 0.
 */
export function splineVolume(shape: readonly number[], inPlane: boolean, values: Float64Array): SplineVolume {
  const [n0, n1, n2] = shape as [number, number, number];
  const stride1 = n2 + 3;
  const stride0 = (n1 + 3) * stride1;
  const size = (inPlane ? n0 : n0 + 3) * stride0;
  const storage = values.length >= size ? values : new Float64Array(size);
  if (storage === values) storage.fill(0, 0, size);
  return { values: storage, shape: [n0, n1, n2], stride0, stride1, origin: (inPlane ? 0 : stride0) + stride1 + 1 };
}

/**
 * Converts samples, premultiplied by {@link SPLINE_GAIN} for every filtered axis longer than 1, to coefficients in
 * place, with whole-sample mirrored ends (scipy's spline_filter, mode mirror), then fills the padding.
 */
export function filterSplineVolume({ values, shape, stride0, stride1, origin }: SplineVolume, inPlane: boolean): void {
  const [n0, n1, n2] = shape;
  for (let z = 0; z < n0; z++) {
    for (let y = 0; y < n1; y++) filterRow(values, origin + z * stride0 + y * stride1, n2);
    filterLines(values, origin + z * stride0, n1, stride1, n2);
  }
  if (!inPlane) for (let y = 0; y < n1; y++) filterLines(values, origin + y * stride1, n0, stride0, n2);
  for (let z = 0; z < n0; z++) {
    const plane = origin + z * stride0;
    for (let y = 0; y < n1; y++) {
      const row = plane + y * stride1;
      values[row - 1] = values[row + mirrored(-1, n2)]!;
      values[row + n2] = values[row + mirrored(n2, n2)]!;
      values[row + n2 + 1] = values[row + mirrored(n2 + 1, n2)]!;
    }
    for (const y of [-1, n1, n1 + 1]) {
      const from = plane + mirrored(y, n1) * stride1 - 1;
      values.copyWithin(plane + y * stride1 - 1, from, from + stride1);
    }
  }
  if (inPlane) return;
  const corner = origin - stride1 - 1;
  for (const z of [-1, n0, n0 + 1]) {
    const from = corner + mirrored(z, n0) * stride0;
    values.copyWithin(corner + z * stride0, from, from + stride0);
  }
}

/** Index of a position with whole-sample mirroring: d c b | a b c d | c b a. */
function mirrored(i: number, n: number): number {
  if (n === 1) return 0;
  const period = 2 * n - 2;
  const k = ((i % period) + period) % period;
  return k < n ? k : period - k;
}

/** Filters one contiguous line. */
function filterRow(c: Float64Array, at: number, n: number): void {
  if (n < 2) return;
  const last = at + n - 1;
  let previous = startValue(c, at, n, 1);
  c[at] = previous;
  for (let i = at + 1; i <= last; i++) {
    previous = c[i]! + POLE * previous;
    c[i] = previous;
  }
  let next = (POLE / (POLE * POLE - 1)) * (c[last]! + POLE * c[last - 1]!);
  c[last] = next;
  for (let i = last - 1; i >= at; i--) {
    next = POLE * (next - c[i]!);
    c[i] = next;
  }
}

/** Filters `width` adjacent lines whose elements are `stride` apart. */
function filterLines(c: Float64Array, at: number, n: number, stride: number, width: number): void {
  if (n < 2) return;
  for (let j = 0; j < width; j++) c[at + j] = startValue(c, at + j, n, stride);
  for (let i = 1; i < n; i++) {
    const row = at + i * stride;
    for (let j = row, before = row - stride; j < row + width; j++, before++) c[j] = c[j]! + POLE * c[before]!;
  }
  const last = at + (n - 1) * stride;
  const factor = POLE / (POLE * POLE - 1);
  for (let j = last; j < last + width; j++) c[j] = factor * (c[j]! + POLE * c[j - stride]!);
  for (let i = n - 2; i >= 0; i--) {
    const row = at + i * stride;
    for (let j = row, after = row + stride; j < row + width; j++, after++) c[j] = POLE * (c[after]! - c[j]!);
  }
}

/** Initial causal value: the sum over the mirrored line before it. */
function startValue(c: Float64Array, at: number, n: number, stride: number): number {
  let power = POLE;
  if (n > HORIZON) {
    let sum = c[at]!;
    for (let i = 1; i < HORIZON; i++) {
      sum += power * c[at + i * stride]!;
      power *= POLE;
    }
    return sum;
  }
  const end = POLE ** (n - 1);
  let sum = c[at]! + end * c[at + (n - 1) * stride]!;
  let back = end * end * (1 / POLE);
  for (let i = 1; i < n - 1; i++) {
    sum += (power + back) * c[at + i * stride]!;
    power *= POLE;
    back /= POLE;
  }
  return sum / (1 - end * end);
}
