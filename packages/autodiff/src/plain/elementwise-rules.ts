import type { Expression } from '../expression.ts';
import type { LoweringContext } from '../lowering.ts';
import { erfInDoublePrecision } from './erf.ts';
import type { PlainRules } from './rule-table.ts';

/** A rule for an operator that exists in ONNX under the given name, without attributes. */
const same = (type: string) => (context: LoweringContext, e: Expression) =>
  context.graph.node(
    type,
    e.inputs.map((i) => context.plain(i)),
  );

/**
 * The slope of a leaky ReLU at z, elementwise, from z times a large number: clipping that to [slope, 1] is faster than
 * a comparison and a selection.
 */
export function slopeAt(context: LoweringContext, hugeZ: string, slope: number): string {
  return context.graph.node('Clip', [hugeZ, context.float(slope), context.float(1)]);
}

/** Scales any z of ordinary size beyond [slope, 1]. */
export const huge = 1e20;

type Elementwise =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'maximum'
  | 'negate'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'square'
  | 'sigmoid'
  | 'softplus'
  | 'tanh'
  | 'erf'
  | 'gelu'
  | 'geluGradient'
  | 'leakyRelu'
  | 'leakyReluGradient'
  | 'matmul'
  | 'softmax'
  | 'logSoftmax'
  | 'oneHot'
  | 'argMax'
  | 'equal'
  | 'greater'
  | 'cast';

const erf = (c: LoweringContext, value: string) =>
  c.floatType === 'float32' ? c.graph.node('Erf', [value]) : erfInDoublePrecision(c, value);

/** The normal distribution function: (1 + erf(x / sqrt 2)) / 2. */
function normalDistribution(c: LoweringContext, value: string): string {
  const inner = erf(c, c.graph.node('Mul', [value, c.float(Math.SQRT1_2)]));
  return c.graph.node('Mul', [c.graph.node('Add', [inner, c.float(1)]), c.float(0.5)]);
}

export const elementwiseRules: PlainRules<Elementwise> = {
  add: same('Add'),
  subtract: same('Sub'),
  multiply: same('Mul'),
  divide: same('Div'),
  maximum: same('Max'),
  negate: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  square(c, { inputs: [x] }) {
    const value = c.plain(x!);
    return c.graph.node('Mul', [value, value]);
  },
  sigmoid: same('Sigmoid'),
  softplus(c, { inputs: [x] }) {
    const value = c.plain(x!);
    if (c.floatType === 'float32') return c.graph.node('Softplus', [value]);
    return c.graph.node('Log', [c.graph.node('Add', [c.graph.node('Exp', [value]), c.float(1)])]);
  },
  tanh: same('Tanh'),
  erf: (c, { inputs: [x] }) => erf(c, c.plain(x!)),
  gelu(c, { inputs: [x] }) {
    const value = c.plain(x!);
    return c.graph.node('Mul', [value, normalDistribution(c, value)]);
  },
  /** With the normal distribution P and its density n: dy * (P(x) + x * n(x)). */
  geluGradient(c, { inputs: [x, dy] }) {
    const { graph } = c;
    const value = c.plain(x!);
    const mul = (a: string, b: string) => graph.node('Mul', [a, b]);
    const exponent = mul(mul(value, value), c.float(-0.5));
    const density = mul(graph.node('Exp', [exponent]), c.float(1 / Math.sqrt(2 * Math.PI)));
    return mul(c.plain(dy!), graph.node('Add', [normalDistribution(c, value), mul(value, density)]));
  },
  leakyRelu(c, { inputs: [x], attributes: { slope } }) {
    const value = c.plain(x!);
    if (c.floatType === 'float32') return c.graph.node('LeakyRelu', [value], { alpha: { float: slope } });
    return c.graph.node('Mul', [value, slopeAt(c, c.graph.node('Mul', [value, c.float(huge)]), slope)]);
  },
  leakyReluGradient(c, { inputs: [x, dy], attributes: { slope } }) {
    const slopes = slopeAt(c, c.graph.node('Mul', [c.plain(x!), c.float(huge)]), slope);
    return c.graph.node('Mul', [c.plain(dy!), slopes]);
  },
  matmul: same('MatMul'),
  softmax: (c, { inputs: [x], attributes: { axis } }) => c.graph.node('Softmax', [c.plain(x!)], { axis }),
  logSoftmax: (c, { inputs: [x], attributes: { axis } }) => c.graph.node('LogSoftmax', [c.plain(x!)], { axis }),
  oneHot(c, { inputs: [labels], shape, attributes: { axis } }) {
    const classes = Array.from({ length: shape[axis]! }, (_, i) => i);
    const dims = shape.map((n, i) => (i === axis ? n : 1));
    const list = labels!.type === 'int64' ? c.graph.constant(classes, 'int64', dims) : c.float(classes, dims);
    return c.graph.cast(c.graph.node('Equal', [c.plain(labels!), list]), c.floatType);
  },
  argMax: (c, { inputs: [x], attributes: { axis } }) => c.graph.node('ArgMax', [c.plain(x!)], { axis, keepdims: 1 }),
  equal: same('Equal'),
  greater: same('Greater'),
  cast: (c, { inputs: [x], type }) => c.graph.cast(c.plain(x!), type === 'float' ? c.floatType : type),
};
