import type { CoordinateRows } from './coordinate-rows.ts';
import type { SplineVolume } from './spline-coefficients.ts';

export interface CubicSampling {
  volume: SplineVolume;
  /** First voxel of the volume within the loader patch; negative if its edges are extended. */
  regionLower: readonly number[];
  rows: CoordinateRows;
  /**
   * Number of voxels by which the edges of the loader patch are extended, to which coordinates are clamped; null: 0
   * outside.
   */
  continued: number | null;
  /** (z, y, x) */
  out: Float32Array;
}

/**
 * Evaluates the spline at every output voxel, in all three axes or within slices along axis 0, which coordinates then
 * hit exactly. Coordinates outside [0, n − 1] of the loader patch give exactly 0 (unless its edges are extended), as do
 * those in padding that no coefficient reaches.
 */
export function sampleCubic({ volume, regionLower, rows, continued, out }: CubicSampling): void {
  const { values: c, stride0, stride1, origin } = volume;
  const [n0, n1, n2] = volume.shape;
  const [l0, l1, l2] = regionLower as [number, number, number];
  const low = 0 - (continued ?? 0);
  const [high0, high1, high2] = rows.loaderPatchSize.map((n) => n - 1 - low) as [number, number, number];
  const [s0, s1, s2] = rows.shape as [number, number, number];
  const { axis0, axis1, axis2, inPlane } = rows;
  const planes = inPlane ? 1 : 4;
  const corner = origin - (inPlane ? 0 : stride0) - stride1 - 1;
  let at = 0;
  for (let z = 0; z < s0; z++) {
    for (let y = 0; y < s1; y++) {
      rows.fill(z, y);
      if (continued !== null) {
        if (!inPlane) clamp(axis0, low, high0);
        clamp(axis1, low, high1);
        clamp(axis2, low, high2);
      }
      for (let x = 0; x < s2; x++, at++) {
        const p0 = axis0[x]!;
        const p1 = axis1[x]!;
        const p2 = axis2[x]!;
        out[at] = 0;
        if (!(p0 >= low && p0 <= high0 && p1 >= low && p1 <= high1 && p2 >= low && p2 <= high2)) continue;
        const f0 = Math.floor(p0);
        const f1 = Math.floor(p1);
        const f2 = Math.floor(p2);
        const i0 = f0 - l0;
        const i1 = f1 - l1;
        const i2 = f2 - l2;
        if (i0 < 0 || i0 >= n0 || i1 < 0 || i1 >= n1 || i2 < 0 || i2 >= n2) continue;
        const t2 = p2 - f2;
        const r2 = 1 - t2;
        const x0 = (r2 * r2 * r2) / 6;
        const x3 = (t2 * t2 * t2) / 6;
        const x1 = 2 / 3 - t2 * t2 * (1 - 0.5 * t2);
        const x2 = 1 - x0 - x1 - x3;
        const t1 = p1 - f1;
        const r1 = 1 - t1;
        const y0 = (r1 * r1 * r1) / 6;
        const y3 = (t1 * t1 * t1) / 6;
        const y1 = 2 / 3 - t1 * t1 * (1 - 0.5 * t1);
        const y2 = 1 - y0 - y1 - y3;
        let z0 = 1;
        let z1 = 0;
        let z3 = 0;
        if (planes > 1) {
          const t0 = p0 - f0;
          const r0 = 1 - t0;
          z0 = (r0 * r0 * r0) / 6;
          z3 = (t0 * t0 * t0) / 6;
          z1 = 2 / 3 - t0 * t0 * (1 - 0.5 * t0);
        }
        let k = corner + i0 * stride0 + i1 * stride1 + i2;
        let sum = 0;
        for (let plane = 0; plane < planes; plane++) {
          const k1 = k + stride1;
          const k2 = k1 + stride1;
          const k3 = k2 + stride1;
          sum +=
            (plane === 0 ? z0 : plane === 1 ? z1 : plane === 2 ? 1 - z0 - z1 - z3 : z3) *
            (y0 * (x0 * c[k]! + x1 * c[k + 1]! + x2 * c[k + 2]! + x3 * c[k + 3]!) +
              y1 * (x0 * c[k1]! + x1 * c[k1 + 1]! + x2 * c[k1 + 2]! + x3 * c[k1 + 3]!) +
              y2 * (x0 * c[k2]! + x1 * c[k2 + 1]! + x2 * c[k2 + 2]! + x3 * c[k2 + 3]!) +
              y3 * (x0 * c[k3]! + x1 * c[k3 + 1]! + x2 * c[k3 + 2]! + x3 * c[k3 + 3]!));
          k += stride0;
        }
        out[at] = sum;
      }
    }
  }
}

function clamp(values: Float64Array, low: number, high: number): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(values[i]!, low), high);
}
