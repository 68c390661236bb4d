import type { CoordinateRows } from '../coordinate-rows.ts';
import { cropPatch, type SpatialTarget } from '../crop-patch.ts';
import type { LoaderPatch } from '../loader-patch.ts';
import {
  cropStart,
  influenceBox,
  isIdentity,
  type SpatialSizes,
  type SpatialTransform,
  type VoxelBox,
} from '../spatial-geometry.ts';
import { transformedRows } from '../transformed-rows.ts';
import { sampleLabelsByVote } from './labels-linear.ts';
import { sampleDataNearest, sampleLabelsNearest } from './nearest-voxel.ts';

/** How nnU-Net v2 samples: data linearly and labels by vote; only labels of the nearest voxel; or both. */
export type InterpolationV2 = 'linear' | 'nearestLabels' | 'nearest';

export interface LinearOptions {
  /** Whether every slice along axis 0 is transformed alike, within its plane (2D and dummy 2D). */
  inPlane: boolean;
  /** Default: 'linear'. */
  interpolation?: InterpolationV2;
}

/**
 * Deforms, rotates, scales and crops a loader patch to `target`. Data are interpolated linearly between their voxels,
 * with 0 outside the patch; labels by vote, with -1 outside. If the coordinates are unchanged, this is a centre crop
 * (nnU-Net v2: batchgeneratorsv2, SpatialTransform).
 */
export function transformLinearly(
  patch: LoaderPatch,
  target: SpatialTarget,
  transform: SpatialTransform,
  { inPlane, interpolation = 'linear' }: LinearOptions,
): void {
  if (isIdentity(transform)) {
    for (const labels of [target.seg, target.previous]) labels?.fill(-1);
    cropPatch(patch, target, startOfCrop({ loaderPatchSize: patch.size, patchSize: target.shape }, transform));
    return;
  }
  const rows = transformedRows(patch, target.shape, transform, inPlane);
  if (interpolation === 'nearest') sampleDataNearest(patch, target, rows);
  else sampleLinearly(patch, target, rows);
  const sampleLabels = interpolation === 'linear' ? sampleLabelsByVote : sampleLabelsNearest;
  sampleLabels({ patch, labels: patch.seg, target: target.seg, rows });
  if (patch.previous && target.previous) {
    sampleLabels({ patch, labels: patch.previous, target: target.previous, rows });
  }
}

/** Returns the box of loader-patch voxels that influence the result of {@link transformLinearly}. */
export function linearBox(transform: SpatialTransform, sizes: SpatialSizes, inPlane: boolean): VoxelBox {
  return influenceBox(transform, sizes, inPlane, { reach: 1, start: startOfCrop(sizes, transform) });
}

/** First voxel of the crop: the middle of an even axis is the voxel behind its centre, unless another is drawn. */
function startOfCrop(sizes: SpatialSizes, { centre = null }: SpatialTransform): number[] {
  if (centre !== null) return cropStart(sizes, centre);
  const { loaderPatchSize, patchSize } = sizes;
  return patchSize.map((n, d) => Math.floor(loaderPatchSize[d]! / 2) - Math.floor(n / 2));
}

/** Linear interpolation of all channels; 0 outside the stored box. */
function sampleLinearly(patch: LoaderPatch, target: SpatialTarget, rows: CoordinateRows): void {
  const [l0, l1, l2] = patch.box.lower as [number, number, number];
  const [n0, n1, n2] = patch.box.upper.map((high, d) => high - patch.box.lower[d]!) as [number, number, number];
  const { axis0, axis1, axis2 } = rows;
  const size = target.seg.length;
  const boxSize = n0 * n1 * n2;
  const { data, channels } = target;
  const from = patch.data;
  data.fill(0);
  if (boxSize === 0) return;
  rows.eachRow((first) => {
    for (let x = 0, at = first; x < axis2.length; x++, at++) {
      const p0 = axis0[x]! - l0;
      const p1 = axis1[x]! - l1;
      const p2 = axis2[x]! - l2;
      const i0 = Math.floor(p0);
      const i1 = Math.floor(p1);
      const i2 = Math.floor(p2);
      if (i0 < -1 || i0 >= n0 || i1 < -1 || i1 >= n1 || i2 < -1 || i2 >= n2) continue;
      // Neighbours outside have no weight.
      const a0 = i0 < 0 ? 0 : i0 + 1 - p0;
      const b0 = i0 + 1 < n0 ? p0 - i0 : 0;
      const a1 = i1 < 0 ? 0 : i1 + 1 - p1;
      const b1 = i1 + 1 < n1 ? p1 - i1 : 0;
      const a2 = i2 < 0 ? 0 : i2 + 1 - p2;
      const b2 = i2 + 1 < n2 ? p2 - i2 : 0;
      const z0 = Math.max(i0, 0) * n1;
      const z1 = (i0 + 1 < n0 ? i0 + 1 : i0) * n1;
      const y0 = Math.max(i1, 0);
      const y1 = i1 + 1 < n1 ? i1 + 1 : i1;
      const x0 = Math.max(i2, 0);
      const x1 = i2 + 1 < n2 ? i2 + 1 : i2;
      const r00 = (z0 + y0) * n2;
      const r01 = (z0 + y1) * n2;
      const r10 = (z1 + y0) * n2;
      const r11 = (z1 + y1) * n2;
      for (let c = 0, box = 0; c < channels; c++, box += boxSize) {
        data[c * size + at] =
          a0 *
            (a1 * (a2 * from[box + r00 + x0]! + b2 * from[box + r00 + x1]!) +
              b1 * (a2 * from[box + r01 + x0]! + b2 * from[box + r01 + x1]!)) +
          b0 *
            (a1 * (a2 * from[box + r10 + x0]! + b2 * from[box + r10 + x1]!) +
              b1 * (a2 * from[box + r11 + x0]! + b2 * from[box + r11 + x1]!));
      }
    }
  });
}
