import {
  checkShapes,
  commonType,
  type Expression,
  type GradientRules,
  makeExpression,
  type ValueType,
} from '../expression.ts';
import { checkedAxis } from './axes.ts';
import { broadcastShapes } from './broadcast.ts';

/**
 * 1 where the label equals the class, 0 elsewhere ('float').
 * @param labels integers, 'float' or 'int64', of length 1 along `axis`
 * @returns length `classes` along `axis`
 */
export function oneHot(labels: Expression, classes: number, axis = 1): Expression {
  const at = checkedAxis('oneHot', labels, axis);
  checkShapes(labels.shape[at] === 1, 'oneHot', [labels]);
  const shape = labels.shape.map((n, i) => (i === at ? classes : n));
  return makeExpression({ op: 'oneHot', inputs: [labels], attributes: { axis: at }, shape });
}

/** Index of the maximum along an axis, which is kept with length 1; the lowest index on a tie ('int64'). */
export function argMax(x: Expression, axis: number): Expression {
  const at = checkedAxis('argMax', x, axis);
  const shape = x.shape.map((n, i) => (i === at ? 1 : n));
  return makeExpression({ op: 'argMax', inputs: [x], attributes: { axis: at }, shape, type: 'int64' });
}

/** Elementwise a = b ('bool'), with broadcasting. */
export function equal(a: Expression, b: Expression): Expression {
  commonType('equal', [a, b]);
  return makeExpression({
    op: 'equal',
    inputs: [a, b],
    attributes: {},
    shape: broadcastShapes('equal', [a, b]),
    type: 'bool',
  });
}

/** Elementwise a > b ('bool'), with broadcasting. */
export function greater(a: Expression, b: Expression): Expression {
  commonType('greater', [a, b]);
  return makeExpression({
    op: 'greater',
    inputs: [a, b],
    attributes: {},
    shape: broadcastShapes('greater', [a, b]),
    type: 'bool',
  });
}

/** Converts to another type; true becomes 1. */
export function cast(x: Expression, type: ValueType): Expression {
  return x.type === type ? x : makeExpression({ op: 'cast', inputs: [x], attributes: {}, shape: x.shape, type });
}

/** Step functions have no gradient. */
export const labelGradients: GradientRules = {
  oneHot: () => [undefined],
  argMax: () => [undefined],
  equal: () => [undefined, undefined],
  greater: () => [undefined, undefined],
  cast: () => [undefined],
};
