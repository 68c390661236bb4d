/** 0 nearest, 1 linear, 3 cubic B-spline. */
export type Order = 0 | 1 | 3;

/**
 * Gain of the cubic B-spline prefilter. It is folded into the interpolation weights, so the prefilter need not
 * multiply.
 */
const GAIN = 6;

/** Additional spline coefficients on each side of a line: output positions extend half a voxel beyond the ends. */
export const MARGIN = 2;

/** Weights for resizing one axis: output k is the sum over t of weights[k * taps + t] * input[index[k * taps + t]]. */
export interface AxisKernel {
  readonly inputs: number;
  readonly outputs: number;
  /** 0 for an axis that keeps its length, whatever order was requested: every rule is the identity there. */
  readonly order: Order;
  readonly taps: 1 | 2 | 4;
  /**
   * Input positions, outputs × taps. For order 3 these index the line's coefficients, which start MARGIN before the
   * first sample; for orders 0 and 1 they index samples.
   */
  readonly index: Int32Array;
  /** outputs × taps. */
  readonly weights: Float64Array;
}

/**
 * Computes positions and weights for resizing an axis from `inputs` to `outputs` samples. Output k reads x = (k + 0.5)
 * · inputs / outputs − 0.5; orders 0 and 1 clamp x to the samples, order 3 does not. The arithmetic follows SciPy's
 * zoom with grid_mode, which scikit-image ≥ 0.19 calls. Even the last weight is one minus the others, so sums that hit
 * a threshold exactly do so here too.
 *
 * @param positions precision of x; 'float32' is that of torch's modes nearest-exact and linear, and matters half way
 * between two samples. Order 3 has no such mode.
 */
export function axisKernel(
  inputs: number,
  outputs: number,
  order: Order,
  positions: 'float64' | 'float32' = 'float64',
): AxisKernel {
  const rounded = positions === 'float32' ? Math.fround : (x: number) => x;
  if (inputs === outputs || order === 0) return nearestKernel(inputs, outputs, rounded);
  return order === 1 ? linearKernel(inputs, outputs, rounded) : cubicKernel(inputs, outputs);
}

function nearestKernel(inputs: number, outputs: number, rounded: (x: number) => number): AxisKernel {
  const index = new Int32Array(outputs);
  const zoom = rounded(inputs / outputs);
  for (let k = 0; k < outputs; k++) {
    const x = Math.min(Math.max(rounded((k + 0.5) * zoom - 0.5), 0), inputs - 1);
    index[k] = Math.min(Math.floor(rounded(x + 0.5)), inputs - 1);
  }
  return { inputs, outputs, order: 0, taps: 1, index, weights: new Float64Array(outputs).fill(1) };
}

function linearKernel(inputs: number, outputs: number, rounded: (x: number) => number): AxisKernel {
  const index = new Int32Array(2 * outputs);
  const weights = new Float64Array(2 * outputs);
  const zoom = rounded(inputs / outputs);
  for (let k = 0; k < outputs; k++) {
    const x = Math.min(Math.max(rounded((k + 0.5) * zoom - 0.5), 0), inputs - 1);
    const low = Math.floor(x);
    const first = rounded(1 - (x - low));
    index[2 * k] = low;
    index[2 * k + 1] = Math.min(low + 1, inputs - 1);
    weights[2 * k] = first;
    weights[2 * k + 1] = 1 - first;
  }
  return { inputs, outputs, order: 1, taps: 2, index, weights };
}

function cubicKernel(inputs: number, outputs: number): AxisKernel {
  const index = new Int32Array(4 * outputs);
  const weights = new Float64Array(4 * outputs);
  const zoom = inputs / outputs;
  for (let k = 0; k < outputs; k++) {
    const x = (k + 0.5) * zoom - 0.5;
    const low = Math.floor(x);
    const y = x - low;
    const z = 1 - y;
    const w0 = (z * z * z) / 6;
    const w1 = (y * y * (y - 2) * 3 + 4) / 6;
    const w2 = (z * z * (z - 2) * 3 + 4) / 6;
    const w3 = 1 - w0 - w1 - w2;
    for (let t = 0; t < 4; t++) index[4 * k + t] = low - 1 + t + MARGIN;
    weights.set([GAIN * w0, GAIN * w1, GAIN * w2, GAIN * w3], 4 * k);
  }
  return { inputs, outputs, order: 3, taps: 4, index, weights };
}
