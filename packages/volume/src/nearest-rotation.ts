import type { Triple } from './volume.ts';

/** Maximum deviation of C·Cᵀ from the identity at which directions C count as orthogonal: ITK's own tolerance. */
const MAX_SKEW = 1e-4;

/**
 * Axes that deviate from right angles by up to this many degrees are straightened; otherwise an image must be
 * resampled.
 */
export const MAX_SKEW_DEGREES = 1;

/** Orthogonal axes. */
export interface StraightAxes {
  /** 3×3 direction cosines, row-major. */
  direction: readonly number[];
  /** Deviation of the original axes from right angles, if it exceeds ITK's tolerance. */
  skewDegrees?: number;
}

/**
 * Returns orthogonal direction cosines with unit columns: the given ones if they are orthogonal within ITK's tolerance,
 * the nearest rotation if they deviate by less than {@link MAX_SKEW_DEGREES}, otherwise null.
 */
export function straightAxes(cosines: readonly number[]): StraightAxes | null {
  if (isRotation(cosines)) return { direction: [...cosines] };
  const skewDegrees = skewOf(cosines);
  if (!(skewDegrees < MAX_SKEW_DEGREES)) return null;
  const direction = nearestRotation(cosines);
  return isRotation(direction) ? { direction, skewDegrees } : null;
}

/** Whether C·Cᵀ is the identity within ITK's tolerance. */
function isRotation(cosines: readonly number[]): boolean {
  const [a, b, c, d, e, f, g, h, i] = asMatrix3(cosines);
  const rows: Triple[] = [[a, b, c], [d, e, f], [g, h, i]]; // biome-ignore format: a matrix
  return rows.every((row, n) =>
    rows.slice(0, n + 1).every((other, k) => Math.abs(dot(row, other) - (n === k ? 1 : 0)) <= MAX_SKEW),
  );
}

/** Degrees by which the worst pair of columns deviates from a right angle; NaN if a column has length 0. */
function skewOf(cosines: readonly number[]): number {
  const [a, b, c, d, e, f, g, h, i] = asMatrix3(cosines);
  const [x, y, z]: [Triple, Triple, Triple] = [[a, d, g], [b, e, h], [c, f, i]]; // biome-ignore format: a matrix
  const off = (
    [
      [x, y],
      [y, z],
      [z, x],
    ] as const
  ).map(([one, other]) => {
    const cosine = dot(one, other) / (Math.hypot(...one) * Math.hypot(...other));
    return Math.abs(Math.asin(Math.min(1, Math.max(-1, cosine))));
  });
  return (Math.max(...off) * 180) / Math.PI;
}

function dot([a, b, c]: Triple, [x, y, z]: Triple): number {
  return a * x + b * y + c * z;
}

/** A 3×3 matrix, row-major. */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];

/** Returns the nine direction cosines as a matrix. */
export function asMatrix3(direction: readonly number[]): Matrix3 {
  return direction as unknown as Matrix3;
}

/** Determinant of a 3×3 matrix. */
export function determinant([a, b, c, d, e, f, g, h, i]: Matrix3): number {
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

/** Returns the orthogonal matrix nearest to an almost orthogonal one, by Newton's iteration M ← (M + M⁻ᵀ)/2. */
export function nearestRotation(matrix: readonly number[]): number[] {
  let m = [...matrix];
  for (let step = 0; step < 20; step++) {
    const [a, b, c, d, e, f, g, h, i] = asMatrix3(m);
    const det = determinant(asMatrix3(m));
    if (Math.abs(det) < 1e-6) return [...matrix];
    // Cofactors over the determinant: the transposed inverse.
    const next = [
      (a + (e * i - f * h) / det) / 2,
      (b + (f * g - d * i) / det) / 2,
      (c + (d * h - e * g) / det) / 2,
      (d + (c * h - b * i) / det) / 2,
      (e + (a * i - c * g) / det) / 2,
      (f + (b * g - a * h) / det) / 2,
      (g + (b * f - c * e) / det) / 2,
      (h + (c * d - a * f) / det) / 2,
      (i + (a * e - b * d) / det) / 2,
    ];
    const before = m;
    const change = Math.max(...next.map((value, k) => Math.abs(value - before[k]!)));
    m = next;
    if (change < 1e-15) break;
  }
  return m;
}
