export interface IntensityMoments {
  mean: number;
  /** Population standard deviation. */
  sd: number;
  min: number;
  max: number;
}

/** Returns the moments and range of a channel, summed in float64; NaN for an empty channel. */
export function intensityMoments(values: Float32Array): IntensityMoments {
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    sum += v;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const d = values[i]! - mean;
    squares += d * d;
  }
  return { mean, sd: Math.sqrt(squares / values.length), min, max };
}
