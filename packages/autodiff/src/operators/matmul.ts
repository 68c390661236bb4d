import { checkShapes, commonType, type Expression, type GradientRules, makeExpression } from '../expression.ts';
import { broadcastShapes } from './broadcast.ts';
import { reduceTo } from './elementwise.ts';
import { transpose } from './layout.ts';

/**
 * Product of matrices, of the last two axes; the axes before them are broadcast by NumPy's rule.
 * @param a (…, M, K)
 * @param b (…, K, N)
 * @returns (…, M, N)
 */
export function matmul(a: Expression, b: Expression): Expression {
  const inputs = [a, b] as const;
  const fits = a.shape.length >= 2 && b.shape.length >= 2 && a.shape.at(-1) === b.shape.at(-2);
  checkShapes(fits, 'matmul', inputs);
  const type = commonType('matmul', inputs);
  if (type !== 'float') throw new TypeError(`matmul of ${type}`);
  const leading = broadcastShapes('matmul', inputs, 2);
  return makeExpression({
    op: 'matmul',
    inputs,
    attributes: {},
    shape: [...leading, a.shape.at(-2)!, b.shape.at(-1)!],
  });
}

/** Exchanges the last two axes. */
function transposed(x: Expression): Expression {
  const axes = x.shape.map((_, i) => i);
  return transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

export const matmulGradients: GradientRules = {
  matmul: ({ inputs: [a, b] }, dy) => [
    reduceTo(matmul(dy, transposed(b!)), a!),
    reduceTo(matmul(transposed(a!), dy), b!),
  ],
};
