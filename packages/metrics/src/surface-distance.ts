import { percentileOfSorted } from '@nnunet/tensor/internal';
import { squaredDistancesAt } from './distance-transform.ts';

type Triple = readonly [number, number, number];

/** Distances in mm from each surface voxel of one mask to the nearest surface voxel of the other. */
export interface SurfaceDistances {
  testToReference: Float64Array;
  referenceToTest: Float64Array;
}

/** Two masks within a box that contains both. */
export interface SurfaceInput {
  /** 0 outside, 1 inside. */
  test: Uint8Array;
  reference: Uint8Array;
  /** Size of the box, (z, y, x). */
  shape: Triple;
  /** Size of the whole image: along an axis of one voxel there is no surface. */
  image: Triple;
  /** mm, (z, y, x) */
  spacing: Triple;
}

/**
 * Computes the distances between the surfaces of two masks, neither of them empty. The surface of a mask consists of its
 * voxels that have at least one of their six neighbours outside it; beyond the image border counts as outside. In images
 * of one slice, it consists of those with one of their four neighbours in the slice outside it.
 */
export function surfaceDistances({ test, reference, shape, image, spacing }: SurfaceInput): SurfaceDistances {
  const a = surfaceOf(test, shape, image);
  const b = surfaceOf(reference, shape, image);
  const into = new Float64Array(a.length);
  return {
    testToReference: distancesAt(a, squaredDistancesAt(a, b, { shape, spacing, into })),
    referenceToTest: distancesAt(b, squaredDistancesAt(b, a, { shape, spacing, into })),
  };
}

/** Returns a mask of the set voxels that have an unset face neighbour or lie on the border. */
function surfaceOf(mask: Uint8Array, [nz, ny, nx]: Triple, image: Triple): Uint8Array {
  const out = new Uint8Array(mask.length);
  const plane = ny * nx;
  const [inZ, inY, inX] = image.map((length) => length > 1);
  let i = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        if (mask[i] === 0) continue;
        const inside =
          (!inZ || (z > 0 && z < nz - 1 && mask[i - plane] !== 0 && mask[i + plane] !== 0)) &&
          (!inY || (y > 0 && y < ny - 1 && mask[i - nx] !== 0 && mask[i + nx] !== 0)) &&
          (!inX || (x > 0 && x < nx - 1 && mask[i - 1] !== 0 && mask[i + 1] !== 0));
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

const hausdorff = (d: SurfaceDistances) => Math.max(largest(d.testToReference), largest(d.referenceToTest));
const meanOfTest = (d: SurfaceDistances) => mean(d.testToReference);
const meanOfMeans = (d: SurfaceDistances) => (mean(d.testToReference) + mean(d.referenceToTest)) / 2;

/**
 * Surface metrics by name, in mm; NaN where there are no distances. The short names are those of Metrics Reloaded (Maier-Hein
 * et al., 2024), the long ones those of v1, of which only the first is in its advanced list.
 */
export const surfaceMetrics = {
  'Hausdorff Distance 95': (d: SurfaceDistances) => percentile95(joined(d)),
  'Hausdorff Distance': hausdorff,
  'Avg. Surface Distance': meanOfTest,
  'Avg. Symmetric Surface Distance': meanOfMeans,
  HD: hausdorff,
  HD95: (d: SurfaceDistances) => Math.max(percentile95(d.testToReference), percentile95(d.referenceToTest)),
  ASD: meanOfTest,
  ASSD: (d: SurfaceDistances) => mean(joined(d)),
  MASD: meanOfMeans,
} as const;

export type SurfaceMetric = keyof typeof surfaceMetrics;

function joined({ testToReference, referenceToTest }: SurfaceDistances): Float64Array {
  const all = new Float64Array(testToReference.length + referenceToTest.length);
  all.set(testToReference);
  all.set(referenceToTest, testToReference.length);
  return all;
}

/** 95th percentile, linearly interpolated. */
function percentile95(values: Float64Array): number {
  return percentileOfSorted(values.slice().sort(), 95);
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
