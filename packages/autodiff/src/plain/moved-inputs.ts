import { sizeOf } from '@nnunet/tensor';
import type { LoweringContext } from '../lowering.ts';

/** A named value of the graph and its shape. */
export interface Named {
  name: string;
  shape: readonly number[];
}

/**
 * Returns, per kernel tap in row-major order, a function that writes the input values at that tap, (N, C, output
 * positions).
 */
export function movedInputs(
  c: LoweringContext,
  {
    x,
    kernel,
    out,
    stride,
    before,
  }: {
    x: Named;
    kernel: readonly number[];
    out: readonly number[];
    stride: readonly number[];
    before: readonly number[];
  },
): (() => string)[] {
  const { graph } = c;
  const int64 = (list: readonly number[]) => graph.constant(list, 'int64');
  const [samples, channels, ...size] = x.shape as [number, number, ...number[]];
  const flat = int64([samples, channels, sizeOf(out)]);
  const axes = int64(size.map((_, i) => i + 2));
  const after = size.map((n, i) => Math.max(0, (out[i]! - 1) * stride[i]! + kernel[i]! - n - before[i]!));
  const padded = [...before, ...after].some((n) => n > 0)
    ? graph.node('Pad', [x.name, int64([0, 0, ...before, 0, 0, ...after])])
    : x.name;
  const paddedSize = size.map((n, i) => n + before[i]! + after[i]!);
  return Array.from({ length: sizeOf(kernel) }, (_, tap) => () => {
    const starts = kernel.map((k, i) => Math.floor(tap / sizeOf(kernel.slice(i + 1))) % k);
    const ends = starts.map((s, i) => s + (out[i]! - 1) * stride[i]! + 1);
    const whole = starts.every((s, i) => s === 0 && ends[i] === paddedSize[i] && stride[i] === 1);
    const box = whole ? padded : graph.node('Slice', [padded, int64(starts), int64(ends), axes, int64(stride)]);
    return graph.node('Reshape', [box, flat]);
  });
}
