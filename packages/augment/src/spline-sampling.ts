import type { Placement } from './spatial-geometry.ts';
import type { SplineVolume } from './spline-coefficients.ts';

export interface CubicSampling {
  volume: SplineVolume;
  /** First voxel of the volume within the loader patch. */
  regionLower: readonly number[];
  patchSize: readonly number[];
  placement: Placement;
  /** (z, y, x) of `shape`. */
  out: Float32Array;
  shape: readonly number[];
}

/**
 * Evaluates the spline at every output voxel, in all three axes. A coordinate outside [0, n − 1] of the loader patch gives
 * exactly 0, as does one in the padding that no coefficient reaches.
 */
export function sampleCubic({ volume, regionLower, patchSize, placement, out, shape }: CubicSampling): void {
  const { values: c, stride0, stride1, origin } = volume;
  const [n0, n1, n2] = volume.shape;
  const [l0, l1, l2] = regionLower as [number, number, number];
  const end0 = patchSize[0]! - 1;
  const end1 = patchSize[1]! - 1;
  const end2 = patchSize[2]! - 1;
  const m = placement.matrix;
  const m20 = m[6]!;
  const m21 = m[7]!;
  const m22 = m[8]!;
  const [s0, s1, s2] = shape as [number, number, number];
  let at = 0;
  for (let z = 0; z < s0; z++) {
    for (let y = 0; y < s1; y++) {
      const gz = z - (s0 - 1) / 2;
      const gy = y - (s1 - 1) / 2;
      const b0 = gz * m[0]! + gy * m[3]!;
      const b1 = gz * m[1]! + gy * m[4]!;
      const b2 = gz * m[2]! + gy * m[5]!;
      for (let x = 0; x < s2; x++, at++) {
        const gx = x - (s2 - 1) / 2;
        const p0 = b0 + gx * m20 + placement.centre[0]!;
        const p1 = b1 + gx * m21 + placement.centre[1]!;
        const p2 = b2 + gx * m22 + placement.centre[2]!;
        out[at] = 0;
        if (!(p0 >= 0 && p0 <= end0 && p1 >= 0 && p1 <= end1 && p2 >= 0 && p2 <= end2)) continue;
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
        const t0 = p0 - f0;
        const r0 = 1 - t0;
        const z0 = (r0 * r0 * r0) / 6;
        const z3 = (t0 * t0 * t0) / 6;
        const z1 = 2 / 3 - t0 * t0 * (1 - 0.5 * t0);
        let k = origin + (i0 - 1) * stride0 + (i1 - 1) * stride1 + i2 - 1;
        let sum = 0;
        for (let dz = 0; dz < 4; dz++) {
          const k1 = k + stride1;
          const k2 = k1 + stride1;
          const k3 = k2 + stride1;
          const plane =
            y0 * (x0 * c[k]! + x1 * c[k + 1]! + x2 * c[k + 2]! + x3 * c[k + 3]!) +
            y1 * (x0 * c[k1]! + x1 * c[k1 + 1]! + x2 * c[k1 + 2]! + x3 * c[k1 + 3]!) +
            y2 * (x0 * c[k2]! + x1 * c[k2 + 1]! + x2 * c[k2 + 2]! + x3 * c[k2 + 3]!) +
            y3 * (x0 * c[k3]! + x1 * c[k3 + 1]! + x2 * c[k3 + 2]! + x3 * c[k3 + 3]!);
          sum += (dz === 0 ? z0 : dz === 1 ? z1 : dz === 2 ? 1 - z0 - z1 - z3 : z3) * plane;
          k += stride0;
        }
        out[at] = sum;
      }
    }
  }
}

/** The same within each slice of axis 0: output slice z is sampled from slice z of the loader patch. */
export function sampleCubicInPlane({ volume, regionLower, patchSize, placement, out, shape }: CubicSampling): void {
  const { values: c, stride0, stride1, origin } = volume;
  const [n0, n1, n2] = volume.shape;
  const [l0, l1, l2] = regionLower as [number, number, number];
  const end1 = patchSize[1]! - 1;
  const end2 = patchSize[2]! - 1;
  const m = placement.matrix;
  const [s0, s1, s2] = shape as [number, number, number];
  const first = Math.floor((patchSize[0]! - s0) / 2) - l0;
  for (let y = 0; y < s1; y++) {
    const gy = y - (s1 - 1) / 2;
    for (let x = 0; x < s2; x++) {
      const gx = x - (s2 - 1) / 2;
      const p1 = gy * m[4]! + gx * m[7]! + placement.centre[1]!;
      const p2 = gy * m[5]! + gx * m[8]! + placement.centre[2]!;
      const f1 = Math.floor(p1);
      const f2 = Math.floor(p2);
      const i1 = f1 - l1;
      const i2 = f2 - l2;
      const inside = p1 >= 0 && p1 <= end1 && p2 >= 0 && p2 <= end2 && i1 >= 0 && i1 < n1 && i2 >= 0 && i2 < n2;
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
      for (let z = 0, at = y * s2 + x; z < s0; z++, at += s1 * s2) {
        const slice = first + z;
        if (!inside || slice < 0 || slice >= n0) {
          out[at] = 0;
          continue;
        }
        const k = origin + slice * stride0 + (i1 - 1) * stride1 + i2 - 1;
        const k1 = k + stride1;
        const k2 = k1 + stride1;
        const k3 = k2 + stride1;
        out[at] =
          y0 * (x0 * c[k]! + x1 * c[k + 1]! + x2 * c[k + 2]! + x3 * c[k + 3]!) +
          y1 * (x0 * c[k1]! + x1 * c[k1 + 1]! + x2 * c[k1 + 2]! + x3 * c[k1 + 3]!) +
          y2 * (x0 * c[k2]! + x1 * c[k2 + 1]! + x2 * c[k2 + 2]! + x3 * c[k2 + 3]!) +
          y3 * (x0 * c[k3]! + x1 * c[k3 + 1]! + x2 * c[k3 + 2]! + x3 * c[k3 + 3]!);
      }
    }
  }
}
