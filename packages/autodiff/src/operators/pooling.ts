import { checkShapes, type Expression } from '../expression.ts';
import { reshape } from './layout.ts';
import { mean } from './reduction.ts';

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
