import { softmaxOverAxis } from './blocked/softmax.ts';
import type { LoweringContext, LoweringFactory } from './lowering.ts';
import { type ConvolveOptions, writeConvolution, writeInputGradient } from './plain/convolution-rules.ts';

/**
 * The plain lowering without operators that ONNX Runtime's WebGPU provider lacks, so that no value leaves the GPU
 * during a training step: log-softmax is composed of other operators, and 3D convolutions in groups of 2D ones. (The
 * plain rules do not use the 3D transposed convolution, which it also lacks.)
 */
export const webgpuLowering: LoweringFactory = (context) => {
  const values = new Map<number, string>();
  return {
    emit(e) {
      if (e.op === 'logSoftmax') {
        values.set(e.id, softmaxOverAxis(context.graph, context.plain(e.inputs[0]!), e));
      } else if (e.op === 'convolution' && e.attributes.groups > 1 && e.shape.length === 5) {
        values.set(e.id, writeConvolution(context, e, convolvePlanes));
      } else if (e.op === 'convolutionInputGradient' && e.attributes.groups > 1 && e.shape.length === 5) {
        values.set(e.id, writeInputGradient(context, e, convolvePlanes));
      }
      return values.has(e.id);
    },
    toPlain: (e) => values.get(e.id)!,
  };
};

/**
 * A 3D convolution in groups as a sum of plane convolutions over the depth taps. ONNX Runtime ignores the groups of 3D
 * convolutions on WebGPU.
 */
function convolvePlanes(
  c: LoweringContext,
  { x, weights, bias, shape, stride, before, after, groups }: ConvolveOptions,
): string {
  const { graph } = c;
  const int64 = (list: readonly number[]) => graph.constant(list, 'int64');
  const [samples, channels, depth, ...plane] = x.shape as [number, number, number, number, number];
  const [, outputs, slices, ...result] = shape as [number, number, number, number, number];
  const [deep, ...kernel] = weights.shape.slice(2) as [number, number, number];
  let planes = graph.node('Transpose', [x.name], { perm: [2, 0, 1, 3, 4] });
  if (before[0]! + after[0]! > 0) {
    planes = graph.node('Pad', [planes, int64([before[0]!, 0, 0, 0, 0, after[0]!, 0, 0, 0, 0])]);
  }
  const whole = stride[0] === 1 && slices === depth + before[0]! + after[0]!;
  let total = '';
  for (let tap = 0; tap < deep; tap++) {
    const end = tap + (slices - 1) * stride[0]! + 1;
    const read = whole
      ? planes
      : graph.node('Slice', [planes, int64([tap]), int64([end]), int64([0]), int64([stride[0]!])]);
    const flat = graph.node('Reshape', [read, int64([slices * samples, channels, ...plane])]);
    const filter = graph.node('Gather', [weights.name, graph.constant(tap, 'int64')], { axis: 2 });
    const product = graph.node('Conv', [flat, filter, ...(tap === 0 && bias !== undefined ? [bias] : [])], {
      kernel_shape: kernel,
      strides: stride.slice(1),
      pads: [...before.slice(1), ...after.slice(1)],
      group: groups,
    });
    total = tap === 0 ? product : graph.node('Add', [total, product]);
  }
  const y = graph.node('Reshape', [total, int64([slices, samples, outputs, ...result])]);
  return graph.node('Transpose', [y], { perm: [1, 2, 0, 3, 4] });
}
