/** Greatest difference of C·Cᵀ from the identity for directions C that count as right angles: ITK's own tolerance. */
const MAX_SKEW = 1e-4;

/** Axes that are off the right angle by up to this many degrees are set right; beyond it an image must be resampled. */
export const MAX_SKEW_DEGREES = 1;

/** Axes at right angles. */
export interface StraightAxes {
  /** 3×3 direction cosines, row-major. */
  direction: number[];
  /** How far the axes given were off the right angle, where that is beyond ITK's tolerance. */
  skewDegrees?: number;
}

/**
 * Direction cosines whose columns, each of length 1, are at right angles: the given ones where they are so within ITK's
 * tolerance; the nearest rotation where they are off by less than {@link MAX_SKEW_DEGREES}; null beyond.
 */
export function straightAxes(cosines: readonly number[]): StraightAxes | null {
  if (isRotation(cosines)) return { direction: [...cosines] };
  const skewDegrees = skewOf(cosines);
  if (!(skewDegrees < MAX_SKEW_DEGREES)) return null;
  const direction = nearestRotation(cosines);
  return isRotation(direction) ? { direction, skewDegrees } : null;
}

/** True where C·Cᵀ is the identity within ITK's tolerance. */
function isRotation(c: readonly number[]): boolean {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j <= i; j++) {
      const product = c[3 * i] * c[3 * j] + c[3 * i + 1] * c[3 * j + 1] + c[3 * i + 2] * c[3 * j + 2];
      if (!(Math.abs(product - (i === j ? 1 : 0)) <= MAX_SKEW)) return false;
    }
  }
  return true;
}

/** Degrees by which the worst pair of columns is off the right angle; NaN where a column has no length. */
function skewOf(c: readonly number[]): number {
  const column = (axis: number) => [c[axis], c[3 + axis], c[6 + axis]];
  const off = [0, 1, 2].map((axis) => {
    const [a, b] = [column(axis), column((axis + 1) % 3)];
    const cosine = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / (Math.hypot(...a) * Math.hypot(...b));
    return Math.abs(Math.asin(Math.min(1, Math.max(-1, cosine))));
  });
  return (Math.max(...off) * 180) / Math.PI;
}

/** Determinant of a 3×3 matrix. */
export function determinant(m: readonly number[]): number {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
}

/** The orthogonal matrix nearest to one that is almost so: Newton's iteration M ← (M + M⁻ᵀ)/2. */
export function nearestRotation(matrix: readonly number[]): number[] {
  let m = [...matrix];
  for (let step = 0; step < 20; step++) {
    const det = determinant(m);
    if (Math.abs(det) < 1e-6) return [...matrix];
    const [a, b, c, d, e, f, g, h, i] = m;
    // cofactors over the determinant: the inverse, transposed
    const inverse = [
      e * i - f * h,
      f * g - d * i,
      d * h - e * g,
      c * h - b * i,
      a * i - c * g,
      b * g - a * h,
      b * f - c * e,
      c * d - a * f,
      a * e - b * d,
    ];
    const next = m.map((value, k) => (value + inverse[k] / det) / 2);
    const change = Math.max(...next.map((value, k) => Math.abs(value - m[k])));
    m = next;
    if (change < 1e-15) break;
  }
  return m;
}
