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
  { stride, padding }: ConvolutionGeometry,
): number[] {
  return size.map((n, i) => Math.floor((n + 2 * padding[i]! - kernel[i]!) / stride[i]!) + 1);
}

const ones = (weights: Expression) => weights.shape.slice(2).map(() => 1);
const zeros = (weights: Expression) => weights.shape.slice(2).map(() => 0);

/**
 * Convolution (as cross-correlation).
 * @param x (N, C, …spatial), two or three spatial axes
 * @param weights (O, C, …kernel)
 * @param bias (O), optional
 * @returns (N, O, …spatial of the output)
 */
export function convolution(
  x: Expression,
  weights: Expression,
  bias?: Expression,
  geometry: Partial<ConvolutionGeometry> = {},
): Expression {
  const attributes = { stride: geometry.stride ?? ones(weights), padding: geometry.padding ?? zeros(weights) };
  const inputs = bias === undefined ? [x, weights] : [x, weights, bias];
  checkShapes(x.shape.length === weights.shape.length && x.shape[1] === weights.shape[1], 'convolution', inputs);
  checkShapes(
    bias === undefined || (bias.shape.length === 1 && bias.shape[0] === weights.shape[0]),
    'convolution',
    inputs,
  );
  const size = convolutionOutputSize(x.shape.slice(2), weights.shape.slice(2), attributes);
  return makeExpression({ op: 'convolution', inputs, attributes, shape: [x.shape[0]!, weights.shape[0]!, ...size] });
}

/**
 * Gradient of a convolution with respect to its input; also the transposed convolution (kernel = stride, padding 0).
 * @param dy (N, O, …spatial of the convolution's output)
 * @param weights (O, C, …kernel)
 * @param options `inputSize`: spatial size of the convolution's input. Default: the smallest that yields dy's size
 * @returns (N, C, …inputSize)
 */
export function convolutionInputGradient(
  dy: Expression,
  weights: Expression,
  options: Partial<ConvolutionGeometry> & { inputSize?: readonly number[] } = {},
): Expression {
  const attributes = { stride: options.stride ?? ones(weights), padding: options.padding ?? zeros(weights) };
  const kernel = weights.shape.slice(2);
  const size = dy.shape.slice(2);
  const inputs = [dy, weights];
  checkShapes(
    dy.shape.length === weights.shape.length && dy.shape[1] === weights.shape[0],
    'convolutionInputGradient',
    inputs,
  );
  const inputSize =
    options.inputSize ?? size.map((n, i) => (n - 1) * attributes.stride[i]! + kernel[i]! - 2 * attributes.padding[i]!);
  checkShapes(
    convolutionOutputSize(inputSize, kernel, attributes).join() === size.join(),
    'convolutionInputGradient',
    inputs,
  );
  const shape = [dy.shape[0]!, weights.shape[1]!, ...inputSize];
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
 * @returns (O, C, …kernel)
 */
export function convolutionWeightGradient(
  x: Expression,
  dy: Expression,
  { stride, padding, kernel }: ConvolutionGeometry & { kernel: readonly number[] },
): Expression {
  const size = convolutionOutputSize(x.shape.slice(2), kernel, { stride, padding });
  checkShapes(x.shape[0] === dy.shape[0] && size.join() === dy.shape.slice(2).join(), 'convolutionWeightGradient', [
    x,
    dy,
  ]);
  const shape = [dy.shape[1]!, x.shape[1]!, ...kernel];
  return makeExpression({ op: 'convolutionWeightGradient', inputs: [x, dy], attributes: { stride, padding }, shape });
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
