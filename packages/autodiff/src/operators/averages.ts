import { sizeOf } from '@nnunet/tensor';
import { checkShapes, type Expression, type GradientRules, makeExpression } from '../expression.ts';
import { axesOf } from './axes.ts';
import { multiply } from './elementwise.ts';
import { interpolate } from './interpolate.ts';
import { argMax, oneHot } from './labels.ts';
import { reshape, transpose } from './layout.ts';
import { expand, sum } from './reduction.ts';

/** Mean over axes. Default: all axes. */
export function mean(x: Expression, axes?: readonly number[], keepDims = false): Expression {
  const list = axesOf('mean', x, axes);
  return multiply(sum(x, list, keepDims), 1 / sizeOf(list.map((axis) => x.shape[axis]!)));
}

/**
 * Mean over non-overlapping boxes (stride = kernel).
 * @param x (N, C, …spatial), spatial sizes divisible by the kernel
 */
export function averagePool(x: Expression, kernel: readonly number[]): Expression {
  const [samples, channels, ...size] = x.shape as [number, number, ...number[]];
  const pooled = size.map((n, i) => n / kernel[i]!);
  checkShapes(kernel.length === size.length && pooled.every(Number.isInteger), 'averagePool', [x]);
  return makeExpression({
    op: 'averagePool',
    inputs: [x],
    attributes: { kernel },
    shape: [samples, channels, ...pooled],
  });
}

/**
 * Maximum over non-overlapping boxes (stride = kernel). If a box has several equal maxima, the gradient goes to the
 * first one in row-major order, as in PyTorch.
 * @param x (N, C, …spatial), spatial sizes divisible by the kernel
 */
export function maxPool(x: Expression, kernel: readonly number[]): Expression {
  const [samples, channels, ...size] = x.shape as [number, number, ...number[]];
  const pooled = size.map((n, i) => n / kernel[i]!);
  checkShapes(kernel.length === size.length && pooled.every(Number.isInteger), 'maxPool', [x]);
  const split = reshape(x, [samples, channels, ...pooled.flatMap((n, i) => [n, kernel[i]!])]);
  const places = size.map((_, i) => 2 + 2 * i);
  const ordered = transpose(split, [0, 1, ...places, ...places.map((axis) => axis + 1)]);
  const boxes = reshape(ordered, [samples, channels, ...pooled, sizeOf(kernel)]);
  const chosen = oneHot(argMax(boxes, -1), sizeOf(kernel), -1);
  return sum(multiply(boxes, chosen), [-1]);
}

export const averageGradients: GradientRules = {
  averagePool: ({ inputs: [x], attributes: { kernel } }, dy) => [
    repeated(multiply(dy, 1 / sizeOf(kernel)), kernel, x!.shape),
  ],
};

/** Up to this factor, the nearest element of `interpolate` is that of the own box, in spite of its rounding. */
export const EXACT_FACTOR = 40;

/** Repeats each element over its box: by `interpolate`, which every lowering has a form of, where that is exact. */
function repeated(x: Expression, kernel: readonly number[], shape: readonly number[]): Expression {
  if (kernel.every((factor) => factor <= EXACT_FACTOR)) return interpolate(x, shape.slice(2), { mode: 'nearest' });
  const [samples, channels, ...pooled] = x.shape as [number, number, ...number[]];
  const split = (length: (axis: number) => number) => [samples, channels, ...pooled.flatMap((n, i) => [n, length(i)])];
  const boxes = reshape(
    x,
    split(() => 1),
  );
  return reshape(
    expand(
      boxes,
      split((i) => kernel[i]!),
    ),
    shape,
  );
}
