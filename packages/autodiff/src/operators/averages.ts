import { checkShapes, type Expression } from '../expression.ts';
import { multiply } from './elementwise.ts';
import { reshape } from './layout.ts';
import { sum } from './reduction.ts';

/** Mean over axes (all of them if not given). */
export function mean(x: Expression, axes?: readonly number[], keepDims = false): Expression {
  const total = sum(x, axes, keepDims);
  const rank = x.shape.length;
  const count = (axes ?? x.shape.map((_, i) => i)).reduce((n, a) => n * x.shape[a < 0 ? a + rank : a]!, 1);
  return multiply(total, 1 / count);
}

/**
 * Mean over boxes that do not overlap (stride = kernel).
 * @param x (N, C, …spatial), spatial sizes divisible by the kernel
 */
export function averagePool(x: Expression, kernel: readonly number[]): Expression {
  const size = x.shape.slice(2);
  const pooled = size.map((n, i) => n / kernel[i]!);
  checkShapes(pooled.every(Number.isInteger), 'reshape', [x]);
  const split = reshape(x, [...x.shape.slice(0, 2), ...pooled.flatMap((n, i) => [n, kernel[i]!])]);
  return mean(
    split,
    kernel.map((_, i) => 3 + 2 * i),
  );
}
