import { roundHalfEven } from '@nnunet/tensor/internal';
import type { CoordinateRows } from '../coordinate-rows.ts';
import type { SpatialTarget } from '../crop-patch.ts';
import type { LoaderPatch } from '../loader-patch.ts';
import type { LabelSampling } from '../spatial-labels.ts';

/**
 * Gives every output voxel the label of the nearest voxel, of two the even one along each axis; -1 outside the stored box
 * (nnU-Net v2: batchgeneratorsv2, SpatialTransform with mode_seg 'nearest').
 */
export function sampleLabelsNearest({ patch, labels, target, rows }: Omit<LabelSampling, 'padding'>): void {
  nearestVoxels(patch, rows, (at, from) => {
    target[at] = from === null ? -1 : labels[from]!;
  });
}

/** Gives every channel of every output voxel the value of the nearest voxel; 0 outside the stored box. */
export function sampleDataNearest(
  patch: LoaderPatch,
  { data, channels, seg }: SpatialTarget,
  rows: CoordinateRows,
): void {
  const { lower, upper } = patch.box;
  const boxSize = lower.reduce((size, low, d) => size * (upper[d]! - low), 1);
  nearestVoxels(patch, rows, (at, from) => {
    for (let c = 0; c < channels; c++) {
      data[c * seg.length + at] = from === null ? 0 : patch.data[c * boxSize + from]!;
    }
  });
}

/** Visits the output voxels with their nearest voxel in the stored box; null if that is outside. */
function nearestVoxels(
  { box: { lower, upper } }: LoaderPatch,
  rows: CoordinateRows,
  visit: (at: number, from: number | null) => void,
): void {
  const [l0, l1, l2] = lower as [number, number, number];
  const [n0, n1, n2] = upper.map((high, d) => high - lower[d]!) as [number, number, number];
  const { axis0, axis1, axis2 } = rows;
  rows.eachRow((first) => {
    for (let x = 0; x < axis2.length; x++) {
      const a = roundHalfEven(axis0[x]!) - l0;
      const b = roundHalfEven(axis1[x]!) - l1;
      const c = roundHalfEven(axis2[x]!) - l2;
      const within = a >= 0 && a < n0 && b >= 0 && b < n1 && c >= 0 && c < n2;
      visit(first + x, within ? (a * n1 + b) * n2 + c : null);
    }
  });
}
