import type { ConvolutionGeometry, Expression, ExpressionOf, InterpolationMode, Operator } from '../expression.ts';
import { geluGradient } from '../operators/activations.ts';
import { interpolateGradient } from '../operators/interpolate.ts';
import * as build from '../operators.ts';
import type { Fields } from './fields.ts';
import { readTensor, storeTensor } from './stored-constant.ts';

/** How an operator is stored: its attributes, and what its builder cannot derive from the inputs. */
interface NodeForm<O extends Operator> {
  /** Number of inputs, at least and at most. */
  inputs: readonly [number, number];
  /** Types of the inputs; numbers are floats and integers. */
  takes: 'floats' | 'numbers' | 'anything';
  write(e: ExpressionOf<O>): object;
  read(inputs: readonly [Expression, Expression, Expression, Expression], fields: Fields): Expression;
}

const types = ['float', 'int64', 'bool'] as const;

const shapeOf = ({ shape }: Expression) => ({ shape });
const own = <A>({ attributes }: { attributes: A }) => attributes as object;

const one = { inputs: [1, 1], takes: 'floats', write: own } as const;
const two = { inputs: [2, 2], takes: 'floats', write: own } as const;

const unary = (of: (x: Expression) => Expression) => ({
  ...one,
  read: ([x]: readonly [Expression, ...Expression[]]) => of(x),
});

const binary = (of: (a: Expression, b: Expression) => Expression) => ({
  ...two,
  read: ([a, b]: readonly [Expression, Expression, ...Expression[]]) => of(a, b),
});

const alongAxis = (of: (x: Expression, axis: number) => Expression) => ({
  ...one,
  read: ([x]: readonly [Expression, ...Expression[]], fields: Fields) => of(x, fields.number('axis')),
});

const geometry = (fields: Fields): ConvolutionGeometry => ({
  stride: fields.axes('stride'),
  padding: fields.axes('padding'),
  groups: fields.has('groups') ? fields.number('groups') : 1,
});

/** Leaves out a single group. */
const writeGeometry = ({ attributes: { groups, ...rest } }: { attributes: ConvolutionGeometry }) =>
  groups === 1 ? rest : { ...rest, groups };

const interpolation = (of: typeof build.interpolate) => ({
  ...one,
  write: ({ attributes: { mode }, shape }: { attributes: { mode: InterpolationMode }; shape: readonly number[] }) => ({
    mode,
    size: shape.slice(2),
  }),
  read: ([x]: readonly [Expression, ...Expression[]], fields: Fields) =>
    of(x, fields.axes('size'), { mode: fields.oneOf('mode', ['linear', 'nearest'] as const) }),
});

const norm = (fields: Fields) => ({ epsilon: fields.number('epsilon'), negativeSlope: fields.number('negativeSlope') });

/** Every operator. A new one does not compile without an entry. */
export const nodeForms: { readonly [O in Operator]: NodeForm<O> } = {
  input: {
    inputs: [0, 0],
    takes: 'anything',
    write: ({ attributes: { name }, shape, type }) => ({ name, shape, ...(type === 'float' ? {} : { type }) }),
    read: (_, fields) =>
      build.input(
        fields.text('name'),
        fields.axes('shape'),
        fields.has('type') ? fields.oneOf('type', types) : 'float',
      ),
  },
  constant: {
    inputs: [0, 0],
    takes: 'anything',
    write: ({ attributes: { value, name } }) => ({ ...(name === undefined ? {} : { name }), ...storeTensor(value) }),
    read: (_, fields) => build.constant(readTensor(fields), fields.has('name') ? fields.text('name') : undefined),
  },
  add: { ...binary(build.add), takes: 'numbers' },
  subtract: { ...binary(build.subtract), takes: 'numbers' },
  multiply: { ...binary(build.multiply), takes: 'numbers' },
  divide: { ...binary(build.divide), takes: 'numbers' },
  maximum: { ...binary(build.maximum), takes: 'numbers' },
  negate: unary(build.negate),
  exp: unary(build.exp),
  log: unary(build.log),
  sqrt: unary(build.sqrt),
  square: unary(build.square),
  sigmoid: unary(build.sigmoid),
  softplus: unary(build.softplus),
  tanh: unary(build.tanh),
  erf: unary(build.erf),
  gelu: unary(build.gelu),
  geluGradient: binary(geluGradient),
  leakyRelu: {
    ...one,
    read: ([x], fields) => build.leakyRelu(x, fields.number('slope')),
  },
  leakyReluGradient: {
    ...two,
    read: ([x, dy], fields) => build.leakyReluGradient(x, dy, fields.number('slope')),
  },
  sum: {
    ...one,
    takes: 'numbers',
    read: ([x], fields) => build.sum(x, fields.axes('axes'), fields.oneOf('keepDims', [true, false])),
  },
  expand: {
    ...one,
    takes: 'anything',
    write: shapeOf,
    read: ([x], fields) => build.expand(x, fields.axes('shape')),
  },
  reshape: {
    ...one,
    takes: 'anything',
    write: shapeOf,
    read: ([x], fields) => build.reshape(x, fields.axes('shape')),
  },
  transpose: {
    ...one,
    takes: 'anything',
    read: ([x], fields) => build.transpose(x, fields.axes('permutation')),
  },
  concat: {
    inputs: [1, Number.POSITIVE_INFINITY],
    takes: 'anything',
    write: own,
    read: (inputs, fields) => build.concat(inputs, fields.number('axis')),
  },
  slice: {
    ...one,
    takes: 'anything',
    write: ({ attributes: { starts, steps }, shape }) => ({ starts, shape, steps }),
    read: ([x], fields) => build.slice(x, fields.axes('starts'), fields.axes('shape'), fields.axes('steps')),
  },
  pad: {
    ...one,
    takes: 'numbers',
    read: ([x], fields) => build.pad(x, fields.axes('before'), fields.axes('after')),
  },
  matmul: binary(build.matmul),
  interpolate: interpolation(build.interpolate),
  interpolateGradient: interpolation((dy, size, { mode }) => interpolateGradient(dy, size, mode)),
  softmax: alongAxis(build.softmax),
  logSoftmax: alongAxis(build.logSoftmax),
  oneHot: {
    ...one,
    takes: 'numbers',
    write: ({ attributes: { axis }, shape }) => ({ axis, classes: shape[axis] }),
    read: ([x], fields) => build.oneHot(x, fields.number('classes'), fields.number('axis')),
  },
  argMax: alongAxis(build.argMax),
  equal: { ...binary(build.equal), takes: 'numbers' },
  greater: { ...binary(build.greater), takes: 'numbers' },
  cast: {
    ...one,
    takes: 'anything',
    write: ({ type }) => ({ type }),
    read: ([x], fields) => build.cast(x, fields.oneOf('type', types)),
  },
  averagePool: {
    ...one,
    read: ([x], fields) => build.averagePool(x, fields.axes('kernel')),
  },
  convolution: {
    inputs: [2, 3],
    takes: 'floats',
    write: writeGeometry,
    read: ([x, weights, bias], fields) => build.convolution(x, weights, bias, geometry(fields)),
  },
  convolutionInputGradient: {
    ...two,
    write: (e) => ({ ...writeGeometry(e), inputSize: e.shape.slice(2) }),
    read: ([dy, weights], fields) =>
      build.convolutionInputGradient(dy, weights, { ...geometry(fields), inputSize: fields.axes('inputSize') }),
  },
  convolutionWeightGradient: {
    ...two,
    write: (e) => ({ ...writeGeometry(e), kernel: e.shape.slice(2) }),
    read: ([x, dy], fields) =>
      build.convolutionWeightGradient(x, dy, { ...geometry(fields), kernel: fields.axes('kernel') }),
  },
  instanceNorm: {
    inputs: [3, 3],
    takes: 'floats',
    write: own,
    read: ([x, gamma, beta], fields) => build.instanceNorm(x, gamma, beta, norm(fields)),
  },
  instanceNormGradient: {
    inputs: [4, 4],
    takes: 'floats',
    write: own,
    read: ([x, gamma, beta, dy], fields) =>
      build.instanceNormGradient({ x, gamma, beta, dy, attributes: norm(fields) }),
  },
  part: {
    ...one,
    takes: 'numbers',
    read: ([of], fields) => build.part(of, fields.oneOf('index', [0, 1, 2] as const)),
  },
};
