import { nonzeroBox } from '@nnunet/morphology';
import { copyBox, percentileOfSorted } from '@nnunet/tensor/internal';
import { squaredDistanceTransform } from './distance-transform.ts';

type Triple = readonly [number, number, number];

/** Distances in mm from each surface voxel of one mask to the nearest surface voxel of the other. */
export interface SurfaceDistances {
  testToReference: Float64Array;
  referenceToTest: Float64Array;
}

export interface SurfaceInput {
  /** Nonzero means inside. */
  test: Uint8Array;
  reference: Uint8Array;
  /** (z, y, x) */
  shape: Triple;
  /** mm, (z, y, x) */
  spacing: Triple;
}

/**
 * Computes the distances between the surfaces of two masks; null if a mask is empty or fills the whole image (v1 gives
 * NaN). The surface of a mask consists of its voxels that have at least one of their six neighbours outside it; beyond
 * the image border counts as outside.
 */
export function surfaceDistances({ test, reference, shape, spacing }: SurfaceInput): SurfaceDistances | null {
  const box = nonzeroBox([test, reference], shape);
  if (box === null || isEmptyOrFull(test) || isEmptyOrFull(reference)) return null;
  // No voxel outside the box around both masks is closer than those inside it.
  const [[z0, z1], [y0, y1], [x0, x1]] = box;
  const size: Triple = [z1 - z0, y1 - y0, x1 - x0];
  const a = surfaceOf(copyBox(test, shape, box), size);
  const b = surfaceOf(copyBox(reference, shape, box), size);
  return {
    testToReference: distancesAt(a, squaredDistanceTransform(b, size, spacing)),
    referenceToTest: distancesAt(b, squaredDistanceTransform(a, size, spacing)),
  };
}

function isEmptyOrFull(mask: Uint8Array): boolean {
  let set = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) set++;
  return set === 0 || set === mask.length;
}

/** Returns a mask of the set voxels that have an unset face neighbour or lie on the image border. `shape`: (z, y, x). */
export function surfaceOf(mask: Uint8Array, [nz, ny, nx]: Triple): Uint8Array {
  const out = new Uint8Array(mask.length);
  const plane = ny * nx;
  let i = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        if (mask[i] === 0) continue;
        const inside =
          z > 0 &&
          z < nz - 1 &&
          y > 0 &&
          y < ny - 1 &&
          x > 0 &&
          x < nx - 1 &&
          mask[i - plane] !== 0 &&
          mask[i + plane] !== 0 &&
          mask[i - nx] !== 0 &&
          mask[i + nx] !== 0 &&
          mask[i - 1] !== 0 &&
          mask[i + 1] !== 0;
        if (!inside) out[i] = 1;
      }
    }
  }
  return out;
}

function distancesAt(surface: Uint8Array, squared: Float64Array): Float64Array {
  let count = 0;
  for (let i = 0; i < surface.length; i++) count += surface[i]!;
  const out = new Float64Array(count);
  let to = 0;
  for (let i = 0; i < surface.length; i++) if (surface[i] !== 0) out[to++] = Math.sqrt(squared[i]!);
  return out;
}

/**
 * Surface metrics by name, in mm; NaN if {@link surfaceDistances} returns null. Only the first is in v1's advanced
 * list.
 */
export const surfaceMetrics = {
  'Hausdorff Distance 95': (d: SurfaceDistances) => percentile95(d.testToReference, d.referenceToTest),
  'Hausdorff Distance': (d: SurfaceDistances) => Math.max(largest(d.testToReference), largest(d.referenceToTest)),
  'Avg. Surface Distance': (d: SurfaceDistances) => mean(d.testToReference),
  'Avg. Symmetric Surface Distance': (d: SurfaceDistances) => (mean(d.testToReference) + mean(d.referenceToTest)) / 2,
} as const;

export type SurfaceMetric = keyof typeof surfaceMetrics;

/** 95th percentile of the distances in both directions together, linearly interpolated. */
function percentile95(a: Float64Array, b: Float64Array): number {
  const all = new Float64Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  all.sort();
  return percentileOfSorted(all, 95);
}

function largest(values: Float64Array): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > result) result = values[i]!;
  return result;
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
