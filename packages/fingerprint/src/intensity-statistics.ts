import type { IntensityStatistics } from '@nnunet/schema';
import { percentileOfSorted } from '@nnunet/tensor/internal';

/** Every tenth foreground voxel of a case is sampled. */
const STEP = 10;

/**
 * Returns every tenth voxel with a label above 0, starting with the first, in array order.
 *
 * @param ignored label of voxels without annotation, which are left out
 */
export function sampleForeground(image: Float32Array, segmentation: Float32Array, ignored?: number): Float32Array {
  const counts = (label: number) => label > 0 && label !== ignored;
  let count = 0;
  for (let i = 0; i < segmentation.length; i++) if (counts(segmentation[i]!)) count++;
  const sample = new Float32Array(Math.ceil(count / STEP));
  for (let i = 0, seen = 0; i < segmentation.length; i++) {
    if (!counts(segmentation[i]!)) continue;
    if (seen % STEP === 0) sample[seen / STEP] = image[i]!;
    seen++;
  }
  return sample;
}

/**
 * Computes v1's statistics of a sample (DatasetAnalyzer._compute_stats): population standard deviation, percentiles
 * with linear interpolation. Sums are in float64. All NaN for an empty sample. Sorts `values` in place.
 */
export function intensityStatistics(values: Float32Array): IntensityStatistics {
  const n = values.length;
  if (n === 0) {
    const none = Number.NaN;
    return { median: none, mean: none, sd: none, mn: none, mx: none, percentile_99_5: none, percentile_00_5: none };
  }
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2;
  values.sort();
  return {
    median: (values[(n - 1) >> 1]! + values[n >> 1]!) / 2,
    mean,
    sd: Math.sqrt(squares / n),
    mn: values[0]!,
    mx: values[n - 1]!,
    percentile_99_5: percentileOfSorted(values, 99.5),
    percentile_00_5: percentileOfSorted(values, 0.5),
  };
}
