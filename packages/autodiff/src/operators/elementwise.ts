import { checkShapes, commonType, type Expression, type GradientRules, makeExpression } from '../expression.ts';
import { broadcastShapes } from './broadcast.ts';
import { cast, greater } from './labels.ts';
import { reshape } from './layout.ts';
import { sum } from './reduction.ts';
import { constant } from './source.ts';

type Binary = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum';
type Unary = 'negate' | 'exp' | 'log' | 'sqrt' | 'square' | 'sigmoid' | 'softplus' | 'tanh' | 'erf';

function binary(op: Binary, a: Expression | number, b: Expression | number): Expression {
  const inputs = [operand(a, b), operand(b, a)] as const;
  const shape = broadcastShapes(op, inputs);
  return makeExpression({ op, inputs, attributes: {}, shape, type: commonType(op, inputs) });
}

/** Converts a number to a constant of the other operand's type. */
function operand(x: Expression | number, other: Expression | number): Expression {
  if (typeof x !== 'number') return x;
  if (typeof other === 'number' || other.type !== 'int64') return constant(x);
  return constant({ data: BigInt64Array.of(BigInt(x)), shape: [] });
}

function unary(op: Unary, x: Expression): Expression {
  return makeExpression({ op, inputs: [x], attributes: {}, shape: x.shape });
}

/** a + b with NumPy's broadcasting, like the other binary operators. */
export const add = (a: Expression | number, b: Expression | number) => binary('add', a, b);
export const subtract = (a: Expression | number, b: Expression | number) => binary('subtract', a, b);
export const multiply = (a: Expression | number, b: Expression | number) => binary('multiply', a, b);
export const divide = (a: Expression | number, b: Expression | number) => binary('divide', a, b);
/** Elementwise maximum; for equal values the gradient goes to b. */
export const maximum = (a: Expression | number, b: Expression | number) => binary('maximum', a, b);
export const negate = (x: Expression) => unary('negate', x);
export const exp = (x: Expression) => unary('exp', x);
/** Natural logarithm. */
export const log = (x: Expression) => unary('log', x);
export const sqrt = (x: Expression) => unary('sqrt', x);
export const square = (x: Expression) => unary('square', x);
export const sigmoid = (x: Expression) => unary('sigmoid', x);
/** log(1 + exp(x)). */
export const softplus = (x: Expression) => unary('softplus', x);
export const tanh = (x: Expression) => unary('tanh', x);
/** Error function: 2 / sqrt(pi) times the integral of exp(-t²) from 0 to x. */
export const erf = (x: Expression) => unary('erf', x);

/** x where positive, slope * x elsewhere; slope 0 is a ReLU. */
export function leakyRelu(x: Expression, slope: number): Expression {
  return makeExpression({ op: 'leakyRelu', inputs: [x], attributes: { slope }, shape: x.shape });
}

/** dy where x is positive, slope * dy elsewhere. */
export function leakyReluGradient(x: Expression, dy: Expression, slope: number): Expression {
  const inputs = [x, dy];
  checkShapes(x.shape.join() === dy.shape.join(), 'leakyReluGradient', inputs);
  return makeExpression({ op: 'leakyReluGradient', inputs, attributes: { slope }, shape: x.shape });
}

/** Sums `gradient` over the axes along which `target` was broadcast. */
export function reduceTo(gradient: Expression, target: Expression): Expression {
  if (gradient.shape.join() === target.shape.join()) return gradient;
  const extra = gradient.shape.length - target.shape.length;
  const axes = gradient.shape.flatMap((n, i) => (i < extra || (target.shape[i - extra] === 1 && n !== 1) ? [i] : []));
  return reshape(axes.length > 0 ? sum(gradient, axes, true) : gradient, target.shape);
}

export const elementwiseGradients: GradientRules = {
  add: ({ inputs: [a, b] }, dy) => [reduceTo(dy, a!), reduceTo(dy, b!)],
  subtract: ({ inputs: [a, b] }, dy) => [reduceTo(dy, a!), reduceTo(negate(dy), b!)],
  multiply: ({ inputs: [a, b] }, dy) => [reduceTo(multiply(dy, b!), a!), reduceTo(multiply(dy, a!), b!)],
  divide: ({ inputs: [a, b] }, dy) => {
    const da = divide(dy, b!);
    return [reduceTo(da, a!), reduceTo(negate(multiply(da, divide(a!, b!))), b!)];
  },
  maximum: ({ inputs: [a, b] }, dy) => {
    const mask = cast(greater(a!, b!), 'float');
    return [reduceTo(multiply(dy, mask), a!), reduceTo(multiply(dy, subtract(1, mask)), b!)];
  },
  negate: (_, dy) => [negate(dy)],
  exp: (e, dy) => [multiply(dy, e)],
  log: ({ inputs: [x] }, dy) => [divide(dy, x!)],
  sqrt: (e, dy) => [divide(dy, multiply(2, e))],
  square: ({ inputs: [x] }, dy) => [multiply(dy, multiply(2, x!))],
  sigmoid: (e, dy) => [multiply(dy, multiply(e, subtract(1, e)))],
  softplus: ({ inputs: [x] }, dy) => [multiply(dy, sigmoid(x!))],
  tanh: (e, dy) => [multiply(dy, subtract(1, square(e)))],
  erf: ({ inputs: [x] }, dy) => [multiply(dy, multiply(2 / Math.sqrt(Math.PI), exp(negate(square(x!)))))],
  // The result has the sign of x: it is read, since x itself need not be kept for it.
  leakyRelu: (e, dy) => [leakyReluGradient(e.attributes.slope < 0 ? e.inputs[0]! : e, dy, e.attributes.slope)],
  leakyReluGradient: ({ inputs: [x], attributes }, dy) => [undefined, leakyReluGradient(x!, dy, attributes.slope)],
} satisfies GradientRules & { [O in Binary | Unary]: unknown };
