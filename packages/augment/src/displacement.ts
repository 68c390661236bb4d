import { type AxisMatrix, axisMatrix, multiplyAxis } from './axis-matrix.ts';
import { gaussianWeights } from './blur.ts';

/** Displacement of every output voxel before rotation and scaling. */
export interface DisplacementField {
  /**
   * Displacements in voxels along axis 0, 1, 2, row-major over the patch. For in-plane transforms axis 0 is null and a
   * single slice is stored.
   */
  along: readonly [Float64Array | null, Float64Array, Float64Array];
  /** Maximum absolute displacement along axis 0, 1, 2. */
  greatest: readonly [number, number, number];
}

/** Parameters of an elastic deformation; the noise is drawn separately. */
export type ElasticDeformation =
  /** Noise smoothed by a Gaussian of `sigma` voxels (0 outside the patch), multiplied by `alpha` voxels. */
  | { alpha: number; sigma: number }
  /** Per axis: periodic noise, smoothed by `sigmas` and scaled to the maximum displacement `magnitudes`. */
  | { sigmas: readonly number[]; magnitudes: readonly number[] };

/** Frequencies with smaller weights are ignored. */
const NEGLIGIBLE = 1e-12;

/**
 * Computes the displacements of an elastic deformation.
 *
 * From v1's SpatialTransform (alpha, sigma) and SpatialTransform_2 (sigmas, magnitudes); batchgenerators'
 * elastic_deform_coordinates and elastic_deform_coordinates_2.
 *
 * @param shape (z, y, x) of the patch; for in-plane transforms all slices are displaced alike
 * @param noise returns arrays of uniform noise in (−1, 1), requested once per axis in order
 */
export function elasticDisplacement(
  deformation: ElasticDeformation,
  shape: readonly number[],
  inPlane: boolean,
  noise: (size: number) => Float64Array,
): DisplacementField {
  const axes = inPlane ? shape.slice(1) : shape;
  const size = axes.reduce((a, b) => a * b, 1);
  const smooth =
    'alpha' in deformation ? gaussianFilter(axes, deformation.sigma) : periodicFilter(axes, deformation.sigmas);
  const fields = axes.map((_, d) => {
    const field = smooth(noise(size));
    const factor = 'alpha' in deformation ? deformation.alpha : (deformation.magnitudes[d]! + 1e-8) / greatestOf(field);
    for (let i = 0; i < size; i++) field[i] = field[i]! * factor;
    return field;
  });
  const [along1, along2] = fields.slice(-2) as [Float64Array, Float64Array];
  const along0 = inPlane ? null : fields[0]!;
  return {
    along: [along0, along1, along2],
    greatest: [along0 ? greatestOf(along0) : 0, greatestOf(along1), greatestOf(along2)],
  };
}

function greatestOf(values: Float64Array): number {
  let greatest = 0;
  for (let i = 0; i < values.length; i++) greatest = Math.max(greatest, Math.abs(values[i]!));
  return greatest;
}

/** Gaussian filter along every axis, truncated at 4 sigma, 0 outside (scipy's gaussian_filter, mode constant). */
function gaussianFilter(axes: readonly number[], sigma: number): (noise: Float64Array) => Float64Array {
  const weights = gaussianWeights(sigma);
  const radius = weights.length - 1;
  const matrices = axes.map((n) =>
    axisMatrix(
      n,
      n,
      (i, j) => weights[Math.abs(i - j)]!,
      (i) => [i - radius, i + radius + 1],
    ),
  );
  return (noise) => matrices.reduce((values, matrix, d) => multiplyAxis(values, axes, d, matrix), noise);
}

/**
 * Periodic Gaussian filter by Fourier transform (scipy's fourier_gaussian). If few frequencies remain, each axis is
 * transformed to their cosines and sines and back; otherwise both steps are combined in one matrix.
 */
function periodicFilter(axes: readonly number[], sigmas: readonly number[]): (noise: Float64Array) => Float64Array {
  const there: [axis: number, matrix: AxisMatrix][] = [];
  const back: [axis: number, matrix: AxisMatrix][] = [];
  axes.forEach((n, d) => {
    const waves = wavesOf(n, sigmas[d]!);
    if (2 * waves.length < n) {
      there.push([d, axisMatrix(waves.length, n, (k, j) => waves[k]![j]!)]);
      back.unshift([d, axisMatrix(n, waves.length, (j, k) => waves[k]![j]!)]);
    } else {
      const row = Float64Array.from({ length: n }, (_, j) => waves.reduce((sum, wave) => sum + wave[0]! * wave[j]!, 0));
      back.push([d, axisMatrix(n, n, (i, j) => row[Math.abs(i - j)]!)]);
    }
  });
  return (noise) => {
    const shape = [...axes];
    return [...there, ...back].reduce((values, [axis, matrix]) => {
      const result = multiplyAxis(values, shape, axis, matrix);
      shape[axis] = matrix.rows;
      return result;
    }, noise);
  };
}

/**
 * Cosines and sines of n points, each multiplied by the square root of its weight, so that their products act as the
 * filter.
 */
function wavesOf(n: number, sigma: number): Float64Array[] {
  const waves: Float64Array[] = [];
  for (let k = 0; 2 * k <= n; k++) {
    const weight = Math.exp(-0.5 * ((2 * Math.PI * sigma * k) / n) ** 2);
    if (weight < NEGLIGIBLE) break;
    const single = k === 0 || 2 * k === n;
    const scale = Math.sqrt(((single ? 1 : 2) * weight) / n);
    // The product k·j is reduced modulo n, where it is exact.
    const angle = (j: number) => (2 * Math.PI * ((k * j) % n)) / n;
    waves.push(Float64Array.from({ length: n }, (_, j) => scale * Math.cos(angle(j))));
    if (!single) waves.push(Float64Array.from({ length: n }, (_, j) => scale * Math.sin(angle(j))));
  }
  return waves;
}
