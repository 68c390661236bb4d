import { sizeOf } from '@nnunet/tensor';
import { checkShapes, type Expression, type GradientRules, makeExpression } from '../expression.ts';
import { axesOf } from './axes.ts';
import { multiply } from './elementwise.ts';
import { reshape } from './layout.ts';
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

export const averageGradients: GradientRules = {
  averagePool: ({ inputs: [x], shape, attributes: { kernel } }, dy) => {
    const [samples, channels, ...pooled] = shape as [number, number, ...number[]];
    const split = (length: (axis: number) => number) => [
      samples,
      channels,
      ...pooled.flatMap((n, i) => [n, length(i)]),
    ];
    const share = multiply(dy, 1 / sizeOf(kernel));
    const repeated = expand(
      reshape(
        share,
        split(() => 1),
      ),
      split((i) => kernel[i]!),
    );
    return [reshape(repeated, x!.shape)];
  },
};
