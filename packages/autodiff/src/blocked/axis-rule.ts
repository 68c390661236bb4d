/** One axis of a convolution. */
export interface AxisRule {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** Depth, height, width. In 2D, the depth rule is {kernel 1, stride 1, padding 0}. */
export type AxisRules = readonly [AxisRule, AxisRule, AxisRule];

export const trivialAxis: AxisRule = { kernel: 1, stride: 1, padding: 0 };

/**
 * Whether the blocked kernels support this axis: kernel 1 or 3 with size-preserving padding and stride 1 or 2, or
 * kernel 2 with stride 2 and no padding. A strided axis must have an even length.
 */
export function isSupportedAxis({ kernel, stride, padding }: AxisRule, size: number): boolean {
  if (stride === 1) return (kernel === 1 && padding === 0) || (kernel === 3 && padding === 1);
  if (stride !== 2 || size % 2 !== 0) return false;
  return (kernel === 1 && padding === 0) || (kernel === 3 && padding === 1) || (kernel === 2 && padding === 0);
}

/**
 * The input gradient along an axis, as a convolution over the output gradient: `taps[phase]` are the kernel indices
 * applied to dy[i], dy[i+1], … (after `before` zeros) for the input positions stride*i + phase; -1 stands for a zero
 * tap.
 */
export interface GradientPhases {
  readonly taps: readonly (readonly number[])[];
  readonly before: number;
  readonly after: number;
}

export function gradientPhases({ kernel, stride }: AxisRule): GradientPhases {
  if (stride === 1) {
    const taps = [Array.from({ length: kernel }, (_, i) => kernel - 1 - i)];
    return { taps, before: (kernel - 1) / 2, after: (kernel - 1) / 2 };
  }
  if (kernel === 1) return { taps: [[0], [-1]], before: 0, after: 0 };
  if (kernel === 2) return { taps: [[0], [1]], before: 0, after: 0 };
  return {
    taps: [
      [1, -1],
      [2, 0],
    ],
    before: 0,
    after: 1,
  };
}
