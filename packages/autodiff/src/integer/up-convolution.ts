import { sizeOf } from '@nnunet/tensor';
import type { OnnxGraph } from '../onnx/onnx-graph.ts';
import type { CodedValue, Coding } from './codes.ts';
import { planeConvolution } from './convolution.ts';
import { roundWeights } from './rounded-weights.ts';

/**
 * Transposed convolution with kernel = stride: a product of each voxel's channels with the weights of all taps, whose
 * results are put beside each other.
 * @param options `weights`: (C, O, …kernel); `kernel`: depth, height, width; `bias`: of each output
 */
export function integerUpConvolution(
  graph: OnnxGraph,
  x: CodedValue,
  options: {
    name: string;
    weights: Float64Array;
    kernel: readonly [number, number, number];
    bias: Float64Array | undefined;
    coding: Coding;
  },
): CodedValue {
  const { name, weights, kernel, bias, coding } = options;
  const taps = sizeOf(kernel);
  const channels = x.scales.length;
  const outputs = coding.scales.length;
  // From (C, O, taps) to (taps, O, C), in units of the codes.
  const arranged = new Float64Array(weights.length);
  for (let c = 0, from = 0; c < channels; c++) {
    for (let o = 0; o < outputs; o++) {
      for (let tap = 0; tap < taps; tap++) {
        arranged[(tap * outputs + o) * channels + c] = weights[from++]! * x.scales[c]!;
      }
    }
  }
  const rounded = roundWeights(arranged, taps * outputs);
  const y = planeConvolution(graph, x.name, {
    zero: x.zero,
    weights: graph.initializer(`${name}.integers`, {
      data: rounded.integers,
      shape: [taps * outputs, channels, 1, 1],
    }),
    outputs: taps * outputs,
    factors: graph.constant(Array.from(rounded.scales, (scale, i) => scale / coding.scales[i % outputs]!)),
    bias: graph.constant(
      Array.from(rounded.scales, (scale, i) => (bias ? Math.round(bias[i % outputs]! / scale) : 0)),
      'int32',
    ),
    resultZero: coding.zero,
    attributes: { kernel_shape: [1, 1] },
  });
  const [depth, height, width] = x.size;
  const [deep, high, wide] = kernel;
  const apart = graph.constant([depth, height, width, deep, high, wide * outputs], 'int64');
  const shuffled = graph.node('Transpose', [graph.node('Reshape', [y, apart])], { perm: [0, 3, 1, 4, 2, 5] });
  const size = [depth * deep, height * high, width * wide] as const;
  return { name: graph.node('Reshape', [shuffled, graph.constant([...size, outputs], 'int64')]), size, ...coding };
}
