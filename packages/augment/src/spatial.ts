import type { CoordinateRows } from './coordinate-rows.ts';
import { cropPatch, type SpatialTarget } from './crop-patch.ts';
import type { LoaderPatch } from './loader-patch.ts';
import { cropStart, isIdentity, SPLINE_REACH, type SpatialTransform, type VoxelBox } from './spatial-geometry.ts';
import { sampleLabels } from './spatial-labels.ts';
import { filterSplineVolume, SPLINE_GAIN, type SplineVolume, splineVolume } from './spline-coefficients.ts';
import { sampleCubic } from './spline-sampling.ts';
import { transformedRows } from './transformed-rows.ts';

/**
 * Intensities outside the loader patch: 0, or the value at its edge (v1: border_mode_data). Labels are 0 there in both
 * cases.
 */
export type BorderMode = 'constant' | 'nearest';

/** Number of voxels by which edges are extended; beyond them the value of the last one is used, as in scipy. */
const CONTINUED = 12;

/** Reused between calls, which never overlap: the coefficients of a patch are large. */
let scratch: Float64Array = new Float64Array(0);

/**
 * Deforms, rotates, scales and crops a loader patch to `target` (v1: batchgenerators' augment_spatial). Data are
 * interpolated with cubic B-splines, labels linearly per label, with 0 outside the patch. If the coordinates are
 * unchanged, this is a centre crop, padded with 0 if the target is larger.
 *
 * @param undecided label where no label reaches one half. Default: 0
 * @param inPlane whether every slice along axis 0 is transformed alike, within its plane (2D and dummy 2D)
 */
export function transformSpatially(
  patch: LoaderPatch,
  target: SpatialTarget,
  transform: SpatialTransform,
  inPlane: boolean,
  { border = 'constant', undecided }: { border?: BorderMode; undecided?: number } = {},
): void {
  if (isIdentity(transform)) {
    cropCentre(patch, target, transform);
    return;
  }
  const rows = transformedRows(patch, target.shape, transform, inPlane);
  const region = splineRegion(patch, inPlane, border);
  const size = target.shape[0]! * target.shape[1]! * target.shape[2]!;
  if (region.lower.some((low, d) => low >= region.upper[d]!)) target.data.fill(0, 0, target.channels * size);
  else for (let c = 0; c < target.channels; c++) resampleChannel({ patch, target, region, rows, border }, c);
  sampleLabels({ patch, labels: patch.seg, padding: -1, undecided, target: target.seg, rows });
  if (patch.previous && target.previous) {
    sampleLabels({ patch, labels: patch.previous, padding: 0, target: target.previous, rows });
  }
}

interface ChannelJob {
  patch: LoaderPatch;
  target: SpatialTarget;
  region: VoxelBox;
  rows: CoordinateRows;
  border: BorderMode;
}

function resampleChannel({ patch, target, region, rows, border }: ChannelJob, channel: number): void {
  const { inPlane } = rows;
  const shape = region.upper.map((high, d) => high - region.lower[d]!);
  const volume = splineVolume(shape, inPlane, scratch);
  scratch = volume.values;
  let gain = 1;
  for (let d = inPlane ? 1 : 0; d < 3; d++) if (shape[d]! > 1) gain *= SPLINE_GAIN;
  const { lower, upper } = patch.box;
  const [b0, b1, b2] = upper.map((high, d) => high - lower[d]!) as [number, number, number];
  const shift = lower.map((low, d) => low - region.lower[d]!) as [number, number, number];
  for (let z = 0; z < b0; z++) {
    for (let y = 0; y < b1; y++) {
      const from = ((channel * b0 + z) * b1 + y) * b2;
      const to = volume.origin + (z + shift[0]) * volume.stride0 + (y + shift[1]) * volume.stride1 + shift[2];
      for (let x = 0; x < b2; x++) volume.values[to + x] = gain * patch.data[from + x]!;
    }
  }
  if (border === 'nearest') continueEdges(volume, region, patch.size);
  filterSplineVolume(volume, inPlane);
  const size = target.shape[0]! * target.shape[1]! * target.shape[2]!;
  const out = target.data.subarray(channel * size, (channel + 1) * size);
  const continued = border === 'constant' ? null : CONTINUED;
  sampleCubic({ volume, regionLower: region.lower, rows, continued, out });
}

/** The stored box, plus as much padding or extended edge around it as its coefficients reach. */
function splineRegion(patch: LoaderPatch, inPlane: boolean, border: BorderMode): VoxelBox {
  const { lower, upper } = patch.box;
  if (upper.some((high, d) => high <= lower[d]!)) return { lower: [0, 0, 0], upper: [0, 0, 0] };
  const margin = (d: number) => (inPlane && d === 0 ? 0 : SPLINE_REACH);
  const beyond = (d: number) => (border === 'constant' || (inPlane && d === 0) ? 0 : CONTINUED);
  return {
    lower: lower.map((low, d) => Math.max(0 - beyond(d), low - margin(d))),
    upper: upper.map((high, d) => Math.min(patch.size[d]! + beyond(d), high + margin(d))),
  };
}

/** Fills the part of a volume beyond the loader patch with the values at its edges. */
function continueEdges(volume: SplineVolume, { lower, upper }: VoxelBox, size: readonly number[]): void {
  const { values, stride0, stride1, origin } = volume;
  const [n0, n1, n2] = volume.shape;
  const edge = (d: number, i: number) => Math.min(Math.max(i, -lower[d]!), size[d]! - 1 - lower[d]!);
  const outside = (d: number) =>
    Array.from({ length: upper[d]! - lower[d]! }, (_, i) => i).filter((i) => edge(d, i) !== i);
  const columns = outside(2);
  for (let z = 0; z < n0; z++) {
    for (let y = 0; y < n1; y++) {
      const row = origin + z * stride0 + y * stride1;
      for (const x of columns) values[row + x] = values[row + edge(2, x)]!;
    }
    const plane = origin + z * stride0;
    for (const y of outside(1)) {
      const from = plane + edge(1, y) * stride1;
      values.copyWithin(plane + y * stride1, from, from + n2);
    }
  }
  for (const z of outside(0)) {
    const from = origin + edge(0, z) * stride0;
    values.copyWithin(origin + z * stride0, from, from + (n1 - 1) * stride1 + n2);
  }
}

function cropCentre(patch: LoaderPatch, target: SpatialTarget, { centre }: SpatialTransform): void {
  const start = cropStart({ loaderPatchSize: patch.size, patchSize: target.shape }, centre);
  fillWithinPatch(target.seg, target.shape, patch.size, start);
  if (patch.previous) target.previous?.fill(0);
  cropPatch(patch, target, start);
}

/** Pads labels: −1 within the loader patch, 0 where the target extends beyond it. */
function fillWithinPatch(
  seg: Float32Array,
  shape: readonly number[],
  size: readonly number[],
  start: readonly number[],
): void {
  const [n0, n1, n2] = shape as [number, number, number];
  if (start.every((s, d) => s >= 0 && s + shape[d]! <= size[d]!)) {
    seg.fill(-1);
    return;
  }
  seg.fill(0);
  const inside = (d: number, i: number) => i + start[d]! >= 0 && i + start[d]! < size[d]!;
  for (let z = 0, at = 0; z < n0; z++) {
    for (let y = 0; y < n1; y++) {
      for (let x = 0; x < n2; x++, at++) if (inside(0, z) && inside(1, y) && inside(2, x)) seg[at] = -1;
    }
  }
}
