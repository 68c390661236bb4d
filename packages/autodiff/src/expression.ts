import type { Tensor, TypedArray } from '@nnunet/tensor';

/** Type of a value. 'float' becomes float32 or float64 when a graph is lowered. */
export type ValueType = 'float' | 'int64' | 'bool';

/**
 * Stride and padding (equal before and after) per spatial axis; and the number of groups: group i of the outputs
 * depends on group i of the channels alone.
 */
export interface ConvolutionGeometry {
  stride: readonly number[];
  padding: readonly number[];
  groups: number;
}

export interface InstanceNormAttributes {
  epsilon: number;
  /** Slope of the leaky ReLU after the norm; 1 for none, 0 for a ReLU. */
  negativeSlope: number;
}

/** 'linear' (bilinear, trilinear) or the nearest neighbour below. */
export type InterpolationMode = 'linear' | 'nearest';

/**
 * The closed set of operators, and the attributes of each besides its inputs. The builders document what they compute.
 */
export interface OperatorAttributes {
  input: { name: string };
  constant: { value: Tensor<TypedArray>; name?: string };
  add: NoAttributes;
  subtract: NoAttributes;
  multiply: NoAttributes;
  divide: NoAttributes;
  maximum: NoAttributes;
  negate: NoAttributes;
  exp: NoAttributes;
  log: NoAttributes;
  sqrt: NoAttributes;
  square: NoAttributes;
  sigmoid: NoAttributes;
  softplus: NoAttributes;
  tanh: NoAttributes;
  erf: NoAttributes;
  gelu: NoAttributes;
  geluGradient: NoAttributes;
  leakyRelu: { slope: number };
  leakyReluGradient: { slope: number };
  sum: { axes: readonly number[]; keepDims: boolean };
  expand: NoAttributes;
  reshape: NoAttributes;
  transpose: { permutation: readonly number[] };
  concat: { axis: number };
  slice: { starts: readonly number[]; steps: readonly number[] };
  pad: { before: readonly number[]; after: readonly number[] };
  matmul: NoAttributes;
  interpolate: { mode: InterpolationMode };
  interpolateGradient: { mode: InterpolationMode };
  softmax: { axis: number };
  logSoftmax: { axis: number };
  oneHot: { axis: number };
  argMax: { axis: number };
  equal: NoAttributes;
  greater: NoAttributes;
  cast: NoAttributes;
  averagePool: { kernel: readonly number[] };
  convolution: ConvolutionGeometry;
  convolutionInputGradient: ConvolutionGeometry;
  convolutionWeightGradient: ConvolutionGeometry;
  instanceNorm: InstanceNormAttributes;
  instanceNormGradient: InstanceNormAttributes;
  part: { index: number };
}

type NoAttributes = Readonly<Record<never, never>>;

export type Operator = keyof OperatorAttributes;

/** A value of the graph computed by operator `O`. */
export interface ExpressionOf<O extends Operator> {
  /** Increases with every expression created, so inputs have smaller ids than what is computed from them. */
  readonly id: number;
  readonly op: O;
  readonly inputs: readonly Expression[];
  readonly attributes: OperatorAttributes[O];
  /** Static, row-major. */
  readonly shape: readonly number[];
  readonly type: ValueType;
}

/** A node of an immutable computation graph, with its static shape. Created by the builders of `operators/`. */
export type Expression = { [O in Operator]: ExpressionOf<O> }[Operator];

let count = 0;

/** Creates an expression; for use by the builders, which infer and check the shape. */
export function makeExpression<O extends Operator>(node: {
  op: O;
  inputs: readonly Expression[];
  attributes: OperatorAttributes[O];
  shape: readonly number[];
  type?: ValueType;
}): Expression {
  const { op, inputs, attributes, shape, type = 'float' } = node;
  for (const n of shape) {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`${op} would have the shape ${shape.join('x')}`);
  }
  return { id: count++, op, inputs, attributes, shape, type } as Expression;
}

/**
 * Gradient rules of operators. From an expression and the gradient of the scalar with respect to it, a rule returns the
 * gradients with respect to its inputs (undefined where no gradient flows). Unused gradients cost nothing, because they
 * are never lowered.
 */
export type GradientRules = {
  [O in Operator]?: (expression: ExpressionOf<O>, gradient: Expression) => readonly (Expression | undefined)[];
};

/** Throws unless `condition` holds; the message names the operator, the shapes and the requirement. */
export function checkShapes(condition: boolean, op: string, inputs: readonly Expression[], how?: string): void {
  if (condition) return;
  const shapes = inputs.map((e) => `[${e.shape.join(', ')}]`).join(' and ');
  throw new RangeError(`${op}${how === undefined ? '' : ` ${how}`} does not fit ${shapes}`);
}

/** Returns the common type of all inputs. */
export function commonType(op: string, inputs: readonly Expression[]): ValueType {
  const types = [...new Set(inputs.map((e) => e.type))];
  if (types.length !== 1) throw new TypeError(`${op} of ${types.join(' and ')}: cast one of them first`);
  return types[0]!;
}
