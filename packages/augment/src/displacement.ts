import { type AxisMatrix, axisMatrix, multiplyAxis } from './axis-matrix.ts';
import { gaussianWeights } from './blur.ts';

/** How far every output voxel is moved before rotation and scaling. */
export interface DisplacementField {
  /** Voxels along axis 0, 1, 2, row-major over the patch; in the plane of slices axis 0 is null and one slice is stored. */
  along: readonly [Float64Array | null, Float64Array, Float64Array];
  /** Greatest absolute displacement along axis 0, 1, 2. */
  greatest: readonly [number, number, number];
}

/** An elastic deformation: what is drawn of it, beside the noise. */
export type ElasticDeformation =
  /** The noise smoothed by a Gaussian of `sigma` voxels, 0 outside the patch, times `alpha` voxels. */
  | { alpha: number; sigma: number }
  /** Per axis: the noise, continued periodically, smoothed by the sigmas and scaled to the greatest displacement. */
  | { sigmas: readonly number[]; magnitudes: readonly number[] };

/** Smallest weight of a frequency that is not left out. */
const NEGLIGIBLE = 1e-12;

/**
 * The displacements of an elastic deformation.
 *
 * Origin: v1's SpatialTransform (alpha, sigma) and SpatialTransform_2 (sigmas, magnitudes), batchgenerators'
 * elastic_deform_coordinates and elastic_deform_coordinates_2.
 *
 * @param shape (z, y, x) of the patch; in the plane of slices all slices are moved alike
 * @param noise uniform in (−1, 1), one array after the other, asked for in the order of the axes
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

/** Gaussian along every axis, cut at 4 sigma, 0 outside (scipy's gaussian_filter, mode constant). */
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
 * Gaussian by its Fourier transform, periodic (scipy's fourier_gaussian). Where few frequencies are left, every axis is taken
 * to their cosines and sines, and back; else it is multiplied by both at once.
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

/** Cosines and sines of n points, each times the square root of its weight: their products with themselves filter. */
function wavesOf(n: number, sigma: number): Float64Array[] {
  const waves: Float64Array[] = [];
  for (let k = 0; 2 * k <= n; k++) {
    const weight = Math.exp(-0.5 * ((2 * Math.PI * sigma * k) / n) ** 2);
    if (weight < NEGLIGIBLE) break;
    const single = k === 0 || 2 * k === n;
    const scale = Math.sqrt(((single ? 1 : 2) * weight) / n);
    // the product k·j is taken modulo n, where it stays exact
    const angle = (j: number) => (2 * Math.PI * ((k * j) % n)) / n;
    waves.push(Float64Array.from({ length: n }, (_, j) => scale * Math.cos(angle(j))));
    if (!single) waves.push(Float64Array.from({ length: n }, (_, j) => scale * Math.sin(angle(j))));
  }
  return waves;
}
