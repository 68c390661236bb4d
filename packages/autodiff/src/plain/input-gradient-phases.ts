/**
 * One axis of a convolution's input gradient, as a convolution with stride 1. dx[q * stride + r] is the sum over j of
 * dy[q + j] * w[r + padding - stride * j]: for each phase r, a convolution of dy over the same window of j, with zeros
 * where the tap lies outside the kernel.
 */
export interface AxisPhases {
  /** Number of values of j in the window. */
  window: number;
  /** Kernel tap per phase and j; the kernel's length stands for zero. */
  taps: number[];
  /** Number of positions q. */
  positions: number;
  /** Number of zeros before and after dy that the window reaches. */
  before: number;
  after: number;
}

/** @param axis `input` and `output`: lengths of the convolution's input and output */
export function inputGradientPhases(axis: {
  kernel: number;
  stride: number;
  padding: number;
  input: number;
  output: number;
}): AxisPhases {
  const { kernel, stride, padding, input, output } = axis;
  const first = Math.ceil((padding - kernel + 1) / stride);
  const last = Math.floor((stride - 1 + padding) / stride);
  const window = last - first + 1;
  const positions = Math.ceil(input / stride);
  const before = -first;
  const after = positions - 1 + last - (output - 1);
  if (before < 0 || after < 0) throw new RangeError(`padding ${padding} is too large for a kernel of ${kernel}`);
  const taps: number[] = [];
  for (let r = 0; r < stride; r++) {
    for (let j = first; j <= last; j++) {
      const tap = r + padding - stride * j;
      taps.push(tap >= 0 && tap < kernel ? tap : kernel);
    }
  }
  return { window, taps, positions, before, after };
}
