import { checkShapes, type Expression, type GradientRules, makeExpression } from '../expression.ts';
import { axesOf } from './axes.ts';
import { reshape } from './layout.ts';

/** Sum over axes. Default: all axes. Negative axes count from the end. */
export function sum(x: Expression, axes?: readonly number[], keepDims = false): Expression {
  const list = axesOf('sum', x, axes);
  const shape = x.shape.flatMap((n, i) => (!list.includes(i) ? [n] : keepDims ? [1] : []));
  return makeExpression({ op: 'sum', inputs: [x], attributes: { axes: list, keepDims }, shape, type: x.type });
}

/** Repeats axes of length 1 to reach the shape; the ranks must be equal. */
export function expand(x: Expression, shape: readonly number[]): Expression {
  if (x.shape.join() === shape.join()) return x;
  checkShapes(x.shape.length === shape.length && x.shape.every((n, i) => n === 1 || n === shape[i]), 'expand', [x]);
  return makeExpression({ op: 'expand', inputs: [x], attributes: {}, shape, type: x.type });
}

export const reductionGradients: GradientRules = {
  sum: ({ inputs: [x], attributes: { axes } }, dy) => {
    const kept = x!.shape.map((n, i) => (axes.includes(i) ? 1 : n));
    return [expand(reshape(dy, kept), x!.shape)];
  },
  expand: ({ inputs: [x], shape }, dy) => [
    sum(
      dy,
      shape.flatMap((n, i) => (n !== x!.shape[i] ? [i] : [])),
      true,
    ),
  ],
};
