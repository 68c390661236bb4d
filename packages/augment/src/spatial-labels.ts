import type { CoordinateRows } from './coordinate-rows.ts';
import type { LoaderPatch } from './loader-patch.ts';

export interface LabelSampling {
  patch: LoaderPatch;
  /** Labels of the patch's stored box. */
  labels: Float32Array;
  /** Label of the loader patch outside the stored box. */
  padding: number;
  /** Label where none reaches one half. Default: 0. */
  undecided?: number;
  /** (z, y, x) of the rows. */
  target: Float32Array;
  rows: CoordinateRows;
}

/**
 * Samples labels at the transformed coordinates: interpolates each label's indicator with order 1 and assigns the label
 * where it reaches 0.5, in ascending order, so that the largest wins; 0 outside the loader patch and, as a rule, where none does
 * (v1: batchgenerators 0.25.1, interpolate_img with is_seg).
 */
export function sampleLabels({ patch, labels, padding, undecided = 0, target, rows }: LabelSampling): void {
  const { lower, upper } = patch.box;
  const [l0, l1, l2] = lower as [number, number, number];
  const n0 = upper[0]! - l0;
  const n1 = upper[1]! - l1;
  const n2 = upper[2]! - l2;
  const [e0, e1, e2] = patch.size.map((n) => n - 1) as [number, number, number];
  const [s0, s1, s2] = rows.shape as [number, number, number];
  const { axis0, axis1, axis2 } = rows;
  const corner = new Float64Array(8);
  const weight = new Float64Array(8);
  let at = 0;
  for (let z = 0; z < s0; z++) {
    for (let y = 0; y < s1; y++) {
      rows.fill(z, y);
      for (let x = 0; x < s2; x++, at++) {
        const p0 = axis0[x]!;
        const p1 = axis1[x]!;
        const p2 = axis2[x]!;
        target[at] = 0;
        if (!(p0 >= 0 && p0 <= e0 && p1 >= 0 && p1 <= e1 && p2 >= 0 && p2 <= e2)) continue;
        const i0 = Math.floor(p0) - l0;
        const i1 = Math.floor(p1) - l1;
        const i2 = Math.floor(p2) - l2;
        if (i0 < -1 || i0 >= n0 || i1 < -1 || i1 >= n1 || i2 < -1 || i2 >= n2) {
          target[at] = padding;
          continue;
        }
        let same = true;
        for (let k = 0; k < 8; k++) {
          const a = i0 + (k >> 2);
          const b = i1 + ((k >> 1) & 1);
          const c = i2 + (k & 1);
          const within = a >= 0 && a < n0 && b >= 0 && b < n1 && c >= 0 && c < n2;
          const value = within ? labels[(a * n1 + b) * n2 + c]! : padding;
          corner[k] = value;
          if (value !== corner[0]) same = false;
        }
        if (same) {
          target[at] = corner[0]!;
          continue;
        }
        const t0 = p0 - (i0 + l0);
        const t1 = p1 - (i1 + l1);
        const t2 = p2 - (i2 + l2);
        for (let k = 0; k < 8; k++) weight[k] = (k & 4 ? t0 : 1 - t0) * (k & 2 ? t1 : 1 - t1) * (k & 1 ? t2 : 1 - t2);
        target[at] = winner(corner, weight) ?? undecided;
      }
    }
  }
}

/** Returns the largest label whose weights sum to at least 0.5, else null. */
function winner(corner: Float64Array, weight: Float64Array): number | null {
  let best = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < 8; k++) {
    if (weight[k] === 0 || corner[k]! <= best) continue;
    let sum = 0;
    for (let j = 0; j < 8; j++) if (corner[j] === corner[k]) sum += weight[j]!;
    if (sum >= 0.5) best = corner[k]!;
  }
  return best === Number.NEGATIVE_INFINITY ? null : best;
}
