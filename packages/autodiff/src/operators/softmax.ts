import { type Expression, type GradientRules, makeExpression } from '../expression.ts';
import { checkedAxis } from './axes.ts';
import { exp, multiply, subtract } from './elementwise.ts';
import { sum } from './reduction.ts';

/** exp(x) / sum(exp(x)) along an axis. */
export function softmax(x: Expression, axis: number): Expression {
  return makeExpression({
    op: 'softmax',
    inputs: [x],
    attributes: { axis: checkedAxis('softmax', x, axis) },
    shape: x.shape,
  });
}

/** log(softmax(x)) along an axis, without cancellation. */
export function logSoftmax(x: Expression, axis: number): Expression {
  return makeExpression({
    op: 'logSoftmax',
    inputs: [x],
    attributes: { axis: checkedAxis('logSoftmax', x, axis) },
    shape: x.shape,
  });
}

export const softmaxGradients: GradientRules = {
  softmax: (e, dy) => {
    const weighted = multiply(dy, e);
    return [subtract(weighted, multiply(e, sum(weighted, [e.attributes.axis], true)))];
  },
  logSoftmax: (e, dy) => [subtract(dy, multiply(exp(e), sum(dy, [e.attributes.axis], true)))],
};
