import { checkShapes, type Expression, type GradientRules, makeExpression } from '../expression.ts';
import { multiply } from './elementwise.ts';
import { expand, reshape } from './layout.ts';

/** Sum over axes (all of them if not given). Negative axes count from the end. */
export function sum(x: Expression, axes?: readonly number[], keepDims = false): Expression {
  const rank = x.shape.length;
  const list = (axes ?? x.shape.map((_, i) => i)).map((a) => (a < 0 ? a + rank : a));
  checkShapes(
    list.every((a) => a >= 0 && a < rank),
    'sum',
    [x],
  );
  const shape = x.shape.flatMap((n, i) => (!list.includes(i) ? [n] : keepDims ? [1] : []));
  return makeExpression({ op: 'sum', inputs: [x], attributes: { axes: list, keepDims }, shape });
}

/** Mean over axes (all of them if not given). */
export function mean(x: Expression, axes?: readonly number[], keepDims = false): Expression {
  const total = sum(x, axes, keepDims);
  const rank = x.shape.length;
  const count = (axes ?? x.shape.map((_, i) => i)).reduce((n, a) => n * x.shape[a < 0 ? a + rank : a]!, 1);
  return multiply(total, 1 / count);
}

export const reductionGradients: GradientRules = {
  sum: ({ inputs: [x], attributes: { axes } }, dy) => {
    const kept = x!.shape.map((n, i) => (axes.includes(i) ? 1 : n));
    return [expand(reshape(dy, kept), x!.shape)];
  },
};
