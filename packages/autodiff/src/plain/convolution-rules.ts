import { sizeOf } from '@nnunet/tensor';
import type { ExpressionOf } from '../expression.ts';
import type { LoweringContext } from '../lowering.ts';
import { inputGradientPhases } from './input-gradient-phases.ts';
import { movedInputs, type Named } from './moved-inputs.ts';
import type { PlainRules } from './rule-table.ts';
import { weightGradient } from './weight-gradient.ts';

export const convolutionRules: PlainRules<'convolution' | 'convolutionInputGradient' | 'convolutionWeightGradient'> = {
  convolution: (c, e) => writeConvolution(c, e, convolve),
  convolutionInputGradient: (c, e) => writeInputGradient(c, e, convolve),
  convolutionWeightGradient: weightGradient,
};

/** Writes the convolution itself by the given function. */
export function writeConvolution(
  c: LoweringContext,
  { inputs: [x, weights, bias], shape, attributes: { stride, padding, groups } }: ExpressionOf<'convolution'>,
  write: Convolve,
): string {
  return write(c, {
    x: { name: c.plain(x!), shape: x!.shape },
    weights: { name: c.plain(weights!), shape: weights!.shape },
    bias: bias === undefined ? undefined : c.plain(bias),
    shape,
    stride,
    before: padding,
    after: padding,
    groups,
  });
}

/**
 * One convolution with stride 1, whose output channels are the channels of dx times the phases of the stride,
 * followed by a pixel shuffle. With stride 1, this is a convolution with flipped weights; with kernel = stride, a 1x1
 * convolution. Not every provider has a 3D transposed convolution.
 */
export function writeInputGradient(
  c: LoweringContext,
  { inputs: [dy, weights], shape, attributes: { stride, padding, groups } }: ExpressionOf<'convolutionInputGradient'>,
  write: Convolve,
): string {
  const { graph } = c;
  const int64 = (list: readonly number[]) => graph.constant(list, 'int64');
  const [outputs, ownChannels, ...kernel] = weights!.shape as [number, number, ...number[]];
  const [samples, channels, ...size] = shape as [number, number, ...number[]];
  const axes = kernel.map((k, i) =>
    inputGradientPhases({
      kernel: k,
      stride: stride[i]!,
      padding: padding[i]!,
      input: size[i]!,
      output: dy!.shape[i + 2]!,
    }),
  );
  let w = after(c, c.plain(weights!));
  const zerosAfter = axes.map((a, i) => (a.taps.some((t) => t === kernel[i]) ? 1 : 0));
  if (zerosAfter.includes(1)) {
    w = graph.node('Pad', [w, int64([0, 0, ...kernel.map(() => 0), 0, 0, ...zerosAfter])]);
  }
  axes.forEach((a, i) => {
    const inOrder = a.taps.length === kernel[i] && a.taps.every((t, j) => t === j);
    if (!inOrder) w = graph.node('Gather', [w, int64(a.taps)], { axis: i + 2 });
  });
  // In each group, (O, C, s1, j1, s2, j2, …) to (C, s1, s2, …, O, j1, j2, …)
  const ofGroup = [outputs / groups, ownChannels, ...axes.flatMap((a, i) => [stride[i]!, a.window])];
  w = graph.node('Reshape', [w, int64(groups === 1 ? ofGroup : [groups, ...ofGroup])]);
  const phaseAxes = axes.map((_, i) => 2 + 2 * i);
  const byPhase = [1, ...phaseAxes, 0, ...phaseAxes.map((i) => i + 1)];
  w = graph.node('Transpose', [w], { perm: groups === 1 ? byPhase : [0, ...byPhase.map((i) => i + 1)] });
  const phases = sizeOf(stride);
  const weightShape = [channels * phases, outputs / groups, ...axes.map((a) => a.window)];
  w = graph.node('Reshape', [w, int64(weightShape)]);
  const positions = axes.map((a) => a.positions);
  const y = write(c, {
    x: { name: c.plain(dy!), shape: dy!.shape },
    weights: { name: w, shape: weightShape },
    shape: [samples, channels * phases, ...positions],
    stride: stride.map(() => 1),
    before: axes.map((a) => a.before),
    after: axes.map((a) => a.after),
    groups,
  });
  if (phases === 1) return y;
  const rank = kernel.length;
  const split = graph.node('Reshape', [y, int64([samples * channels, ...stride, ...positions])]);
  const perm = [0, ...axes.flatMap((_, i) => [1 + rank + i, 1 + i])];
  const shuffled = graph.node('Transpose', [split], { perm });
  const full = positions.map((n, i) => n * stride[i]!);
  const dx = graph.node('Reshape', [shuffled, int64([samples, channels, ...full])]);
  if (full.every((n, i) => n === size[i])) return dx;
  return graph.node('Slice', [dx, int64(size.map(() => 0)), int64(size), int64(size.map((_, i) => i + 2))]);
}

/** Returns the same value, but only after the results recorded for it. */
function after(c: LoweringContext, value: string): string {
  const zero = c.order.wait(c.floatType);
  return zero === undefined ? value : c.graph.node('Add', [value, zero]);
}

export interface ConvolveOptions {
  x: Named;
  weights: Named;
  bias?: string | undefined;
  shape: readonly number[];
  stride: readonly number[];
  before: readonly number[];
  after: readonly number[];
  groups: number;
}

type Convolve = (c: LoweringContext, options: ConvolveOptions) => string;

/**
 * Convolution with padding before and after. In float64, which ONNX Runtime does not support here, a sum of matrix
 * products.
 */
function convolve(
  c: LoweringContext,
  { x, weights, bias, shape, stride, before, after, groups }: ConvolveOptions,
): string {
  const { graph } = c;
  const kernel = weights.shape.slice(2);
  if (c.floatType === 'float32') {
    const inputs = bias === undefined ? [x.name, weights.name] : [x.name, weights.name, bias];
    return graph.node('Conv', inputs, {
      kernel_shape: kernel,
      strides: stride,
      pads: [...before, ...after],
      ...(groups === 1 ? {} : { group: groups }),
    });
  }
  const int64 = (list: readonly number[]) => graph.constant(list, 'int64');
  const [outputs, channels] = weights.shape as [number, number];
  const taps = sizeOf(kernel);
  const list = graph.node('Reshape', [weights.name, int64([groups, outputs / groups, channels, taps])]);
  const matrices = graph.node('Transpose', [list], { perm: [3, 0, 1, 2] });
  const inGroups = int64([shape[0]!, groups, channels, sizeOf(shape.slice(2))]);
  let total = '';
  movedInputs(c, { x, kernel, out: shape.slice(2), stride, before }).forEach((make, tap) => {
    const matrix = graph.node('Gather', [matrices, graph.constant(tap, 'int64')], { axis: 0 });
    const product = graph.node('MatMul', [matrix, graph.node('Reshape', [make(), inGroups])]);
    total = tap === 0 ? product : graph.node('Add', [total, product]);
  });
  const y = graph.node('Reshape', [total, int64(shape)]);
  if (bias === undefined) return y;
  return graph.node('Add', [y, graph.node('Reshape', [bias, int64([1, outputs, ...kernel.map(() => 1)])])]);
}
