import {
  type ConvolutionGeometry,
  checkShapes,
  type Expression,
  type GradientRules,
  makeExpression,
} from '../expression.ts';
import { sum } from './reduction.ts';

/** Spatial size of a convolution's output. */
export function convolutionOutputSize(
  size: readonly number[],
  kernel: readonly number[],
  { stride, padding }: Pick<ConvolutionGeometry, 'stride' | 'padding'>,
): number[] {
  return size.map((n, i) => Math.floor((n + 2 * padding[i]! - kernel[i]!) / stride[i]!) + 1);
}

/** The geometry with defaults: stride 1, no padding, one group. */
function geometryOf(weights: Expression, { stride, padding, groups = 1 }: Partial<ConvolutionGeometry>) {
  const all = (value: number) => weights.shape.slice(2).map(() => value);
  return { stride: stride ?? all(1), padding: padding ?? all(0), groups };
}

/**
 * Convolution (as cross-correlation).
 * @param x (N, C, …spatial), two or three spatial axes
 * @param weights (O, C / groups, …kernel); O is a multiple of `groups`
 * @param bias (O), optional
 * @param geometry default: stride 1, padding 0, one group. With C groups, the convolution is depthwise.
 * @returns (N, O, …spatial of the output)
 */
export function convolution(
  x: Expression,
  weights: Expression,
  bias?: Expression,
  geometry: Partial<ConvolutionGeometry> = {},
): Expression {
  const attributes = geometryOf(weights, geometry);
  const { groups } = attributes;
  const inputs = bias === undefined ? [x, weights] : [x, weights, bias];
  const [outputs, channels] = weights.shape as [number, number];
  checkShapes(
    x.shape.length === weights.shape.length &&
      isPerAxis(x, attributes) &&
      x.shape[1] === channels * groups &&
      outputs % groups === 0 &&
      (bias === undefined || (bias.shape.length === 1 && bias.shape[0] === outputs)),
    'convolution',
    inputs,
    inGroups(groups),
  );
  const size = convolutionOutputSize(x.shape.slice(2), weights.shape.slice(2), attributes);
  return makeExpression({ op: 'convolution', inputs, attributes, shape: [x.shape[0]!, outputs, ...size] });
}

/** Whether there is one stride and one padding for each spatial axis. */
const isPerAxis = ({ shape }: Expression, { stride, padding }: Pick<ConvolutionGeometry, 'stride' | 'padding'>) =>
  stride.length === shape.length - 2 && padding.length === stride.length;

const inGroups = (groups: number) => (groups === 1 ? undefined : `in ${groups} groups`);

/**
 * Gradient of a convolution with respect to its input; also the transposed convolution (kernel = stride, padding 0).
 * @param dy (N, O, …spatial of the convolution's output)
 * @param weights (O, C / groups, …kernel)
 * @param options `inputSize`: spatial size of the convolution's input. Default: the smallest that yields dy's size
 * @returns (N, C, …inputSize)
 */
export function convolutionInputGradient(
  dy: Expression,
  weights: Expression,
  options: Partial<ConvolutionGeometry> & { inputSize?: readonly number[] } = {},
): Expression {
  const attributes = geometryOf(weights, options);
  const { stride, padding, groups } = attributes;
  const [outputs, channels, ...kernel] = weights.shape as [number, number, ...number[]];
  const size = dy.shape.slice(2);
  const inputs = [dy, weights];
  const inputSize = options.inputSize ?? size.map((n, i) => (n - 1) * stride[i]! + kernel[i]! - 2 * padding[i]!);
  checkShapes(
    dy.shape.length === weights.shape.length &&
      isPerAxis(dy, attributes) &&
      dy.shape[1] === outputs &&
      outputs % groups === 0 &&
      convolutionOutputSize(inputSize, kernel, attributes).join() === size.join(),
    'convolutionInputGradient',
    inputs,
    inGroups(groups),
  );
  const shape = [dy.shape[0]!, channels * groups, ...inputSize];
  return makeExpression({ op: 'convolutionInputGradient', inputs, attributes, shape });
}

/** Transposed convolution for upsampling: weights (C in, O out, …kernel), stride = kernel, no padding. */
export function transposedConvolution(x: Expression, weights: Expression): Expression {
  const fits = x.shape.length === weights.shape.length && x.shape[1] === weights.shape[0];
  checkShapes(fits, 'transposedConvolution', [x, weights]);
  return convolutionInputGradient(x, weights, { stride: weights.shape.slice(2) });
}

/**
 * Gradient of a convolution with respect to its weights.
 * @param x (N, C, …spatial), the convolution's input
 * @param dy (N, O, …spatial of the output)
 * @returns (O, C / groups, …kernel)
 */
export function convolutionWeightGradient(
  x: Expression,
  dy: Expression,
  options: Omit<ConvolutionGeometry, 'groups'> & { kernel: readonly number[]; groups?: number },
): Expression {
  const { stride, padding, kernel, groups = 1 } = options;
  const [samples, channels, ...inputSize] = x.shape as [number, number, ...number[]];
  const [, outputs, ...size] = dy.shape as [number, number, ...number[]];
  checkShapes(
    samples === dy.shape[0] &&
      x.shape.length === dy.shape.length &&
      isPerAxis(x, { stride, padding }) &&
      kernel.length === inputSize.length &&
      channels % groups === 0 &&
      outputs % groups === 0 &&
      convolutionOutputSize(inputSize, kernel, { stride, padding }).join() === size.join(),
    'convolutionWeightGradient',
    [x, dy],
    inGroups(groups),
  );
  const shape = [outputs, channels / groups, ...kernel];
  const attributes = { stride, padding, groups };
  return makeExpression({ op: 'convolutionWeightGradient', inputs: [x, dy], attributes, shape });
}

/** All three are linear in each input, and the gradients of each are the other two. */
export const convolutionGradients: GradientRules = {
  convolution: ({ inputs: [x, weights, bias], attributes }, dy) => [
    convolutionInputGradient(dy, weights!, { ...attributes, inputSize: x!.shape.slice(2) }),
    convolutionWeightGradient(x!, dy, { ...attributes, kernel: weights!.shape.slice(2) }),
    ...(bias === undefined ? [] : [sum(dy, [0, ...x!.shape.slice(2).map((_, i) => i + 2)])]),
  ],
  convolutionInputGradient: ({ inputs: [dy, weights], attributes }, dx) => [
    convolution(dx, weights!, undefined, attributes),
    convolutionWeightGradient(dx, dy!, { ...attributes, kernel: weights!.shape.slice(2) }),
  ],
  convolutionWeightGradient: ({ inputs: [x, dy], attributes }, dw) => [
    convolutionInputGradient(dy!, dw, { ...attributes, inputSize: x!.shape.slice(2) }),
    convolution(x!, dw, undefined, attributes),
  ],
};
