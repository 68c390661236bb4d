import { roundHalfEven, roundToFloat16 } from '@nnunet/tensor/internal';
import type { LabelSampling } from '../spatial-labels.ts';

/** Label of everything outside the stored box. */
const OUTSIDE = -1;

/**
 * Samples labels at the transformed coordinates: interpolates each label's indicator linearly and assigns the label with
 * the greatest sum; of several, that of the nearest voxel if it is among them, else the least. Outside the stored box all
 * labels are -1. Sums are rounded to float16, times 1000, so that those which differ by less than about 0.0005 are alike
 * (nnU-Net v2: batchgeneratorsv2, SpatialTransform._apply_to_segmentation).
 */
export function sampleLabelsByVote({ patch, labels, target, rows }: Omit<LabelSampling, 'padding'>): void {
  const { lower, upper } = patch.box;
  const [l0, l1, l2] = lower as [number, number, number];
  const n0 = upper[0]! - l0;
  const n1 = upper[1]! - l1;
  const n2 = upper[2]! - l2;
  const { axis0, axis1, axis2 } = rows;
  const labelAt = (a: number, b: number, c: number) =>
    a >= 0 && a < n0 && b >= 0 && b < n1 && c >= 0 && c < n2 ? labels[(a * n1 + b) * n2 + c]! : OUTSIDE;
  const corner = new Float64Array(8);
  const weight = new Float64Array(8);
  rows.eachRow((first) => {
    for (let x = 0, at = first; x < axis2.length; x++, at++) {
      const p0 = axis0[x]!;
      const p1 = axis1[x]!;
      const p2 = axis2[x]!;
      const i0 = Math.floor(p0) - l0;
      const i1 = Math.floor(p1) - l1;
      const i2 = Math.floor(p2) - l2;
      let same = true;
      for (let k = 0; k < 8; k++) {
        corner[k] = labelAt(i0 + (k >> 2), i1 + ((k >> 1) & 1), i2 + (k & 1));
        if (corner[k] !== corner[0]) same = false;
      }
      if (same) {
        target[at] = corner[0]!;
        continue;
      }
      const parts = [p0 - l0 - i0, p1 - l1 - i1, p2 - l2 - i2] as const;
      for (let k = 0; k < 8; k++) weight[k] = weightOf(k, parts);
      // Rounded in the coordinates of the loader patch, as ties go to even ones.
      const nearest = labelAt(roundHalfEven(p0) - l0, roundHalfEven(p1) - l1, roundHalfEven(p2) - l2);
      target[at] = winner(corner, weight, nearest);
    }
  });
}

/** Weight of corner k, whose bits say on which side it lies along each axis. */
function weightOf(k: number, [t0, t1, t2]: readonly [number, number, number]): number {
  return (k & 4 ? t0 : 1 - t0) * (k & 2 ? t1 : 1 - t1) * (k & 1 ? t2 : 1 - t2);
}

const score = new Float32Array(1);

function winner(corner: Float64Array, weight: Float64Array, nearest: number): number {
  let best = OUTSIDE;
  let most = 0;
  for (let k = 0; k < 8; k++) {
    let sum = 0;
    for (let j = 0; j < 8; j++) if (corner[j] === corner[k]) sum += weight[j]!;
    score[0] = 1000 * sum;
    const votes = roundToFloat16(score, score)[0]!;
    const better = votes > most || (votes === most && best !== nearest && (corner[k] === nearest || corner[k]! < best));
    if (better) {
      best = corner[k]!;
      most = votes;
    }
  }
  return best;
}
