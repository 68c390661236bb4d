import type { OnnxGraph } from '../onnx/onnx-graph.ts';
import type { CodedValue, Coding } from './codes.ts';
import { roundWeights } from './rounded-weights.ts';

/** Kernel, stride and padding of one spatial axis. */
export interface AxisGeometry {
  kernel: number;
  stride: number;
  padding: number;
}

export interface IntegerConvolution {
  /** Name of the weights, from which those of the integers are made. */
  name: string;
  /** (O, C, …kernel) */
  weights: Float64Array;
  /** Depth, height, width. */
  axes: readonly [AxisGeometry, AxisGeometry, AxisGeometry];
  /** Value of each output that becomes the code `zero`. */
  centres: readonly number[];
  coding: Coding;
}

/**
 * Convolution of the sections of channels as a convolution of planes: the depth taps are further channels. The runtime
 * has fast integer kernels for planes with the channels last, not for volumes.
 */
export function integerConvolution(
  graph: OnnxGraph,
  sections: readonly CodedValue[],
  { name, weights, axes, centres, coding }: IntegerConvolution,
): CodedValue {
  const [deep, high, wide] = axes;
  const { size } = sections[0]!;
  const [depth, height, width] = size.map((n, i) => {
    const { kernel, stride, padding } = axes[i]!;
    return Math.floor((n + 2 * padding - kernel) / stride) + 1;
  }) as [number, number, number];
  const [{ zero }] = sections as [CodedValue];
  // The runtime pads with one code. Where that of zero differs between sections, they are padded before.
  const padded = sections.some((section) => section.zero !== zero);
  const edge = padded ? [high.padding, wide.padding] : [0, 0];
  const taps = Array.from({ length: deep.kernel }, () => [] as string[]);
  for (const section of sections) {
    const planes = { name: paddedSection(graph, section, [deep.padding, ...edge]), depth: size[0] + 2 * deep.padding };
    for (const [tap, list] of taps.entries()) list.push(planesOf(graph, planes, { tap, depth, stride: deep.stride }));
  }
  const joined = taps.flat();
  const x = joined.length === 1 ? joined[0]! : graph.node('Concat', joined, { axis: 3 });
  const channels = sections.reduce((sum, { scales }) => sum + scales.length, 0);
  const outputs = centres.length;
  const plane = high.kernel * wide.kernel;
  // From (O, C, depth, plane) to (O, depth, C, plane), in units of the codes.
  const arranged = new Float64Array(weights.length);
  const scales = sections.flatMap((section) => [...section.scales]);
  const zeros = sections.flatMap((section) => Array.from(section.scales, () => section.zero));
  for (let o = 0, from = 0; o < outputs; o++) {
    for (let c = 0; c < channels; c++) {
      for (let tap = 0; tap < deep.kernel; tap++) {
        const to = ((o * deep.kernel + tap) * channels + c) * plane;
        for (let i = 0; i < plane; i++) arranged[to + i] = weights[from++]! * scales[c]!;
      }
    }
  }
  const rounded = roundWeights(arranged, outputs);
  const each = deep.kernel * channels * plane;
  const bias = Int32Array.from(centres, (centre, o) => {
    let shift = 0;
    if (padded) {
      for (let i = 0; i < each; i++)
        shift += rounded.integers[o * each + i]! * zeros[Math.floor(i / plane) % channels]!;
    }
    return Math.round(-centre / rounded.scales[o]!) - shift;
  });
  const y = planeConvolution(graph, x, {
    zero: padded ? 0 : zero,
    weights: graph.initializer(`${name}.integers`, {
      data: rounded.integers,
      shape: [outputs, deep.kernel * channels, high.kernel, wide.kernel],
    }),
    outputs,
    factors: graph.constant(Array.from(rounded.scales, (scale, o) => scale / coding.scales[o]!)),
    bias: graph.constant([...bias], 'int32'),
    resultZero: coding.zero,
    attributes: {
      kernel_shape: [high.kernel, wide.kernel],
      strides: [high.stride, wide.stride],
      ...(padded ? {} : { pads: [high.padding, wide.padding, high.padding, wide.padding] }),
    },
  });
  return { name: y, size: [depth, height, width], ...coding };
}

/** Pads depth, height and width with the code of zero, equally before and after. */
function paddedSection(graph: OnnxGraph, { name, zero, size, scales }: CodedValue, padding: readonly number[]): string {
  const [deep, ...edge] = padding as [number, number, number];
  if (edge.some((n) => n > 0)) {
    const pads = graph.constant([...padding, 0, ...padding, 0], 'int64');
    return graph.node('Pad', [name, pads, graph.constant(zero, 'uint8')]);
  }
  if (deep === 0) return name;
  const shape = graph.constant([deep, size[1], size[2], scales.length], 'int64');
  const planes = graph.node('Expand', [graph.constant(zero, 'uint8'), shape]);
  return graph.node('Concat', [planes, name, planes], { axis: 0 });
}

/** Returns the planes that a depth tap reads: `depth` of them, from plane `tap` on. */
function planesOf(
  graph: OnnxGraph,
  planes: { name: string; depth: number },
  { tap, depth, stride }: { tap: number; depth: number; stride: number },
): string {
  if (planes.depth === depth && stride === 1) return planes.name;
  const range = [tap, tap + (depth - 1) * stride + 1, 0, stride];
  return graph.node('Slice', [planes.name, ...range.map((n) => graph.constant([n], 'int64'))]);
}

/**
 * Convolution of planes, [depth, height, width, channels], with the runtime's integer kernel: code = (sum of (x - zero)
 * * weight + bias) * factor + resultZero, rounded and limited to 0 … 255.
 */
export function planeConvolution(
  graph: OnnxGraph,
  x: string,
  options: {
    zero: number;
    /** int8 (outputs, channels / groups, height, width) */
    weights: string;
    outputs: number;
    /** float32 (outputs) */
    factors: string;
    /** int32 (outputs) */
    bias: string;
    resultZero: number;
    attributes: { kernel_shape: number[]; strides?: number[]; pads?: number[]; group?: number };
  },
): string {
  const { zero, weights, outputs, factors, bias, resultZero, attributes } = options;
  const one = graph.constant(1);
  const weightZeros = graph.constant(new Array<number>(outputs).fill(0), 'int8');
  const code = (n: number) => graph.constant(n, 'uint8');
  return graph.node(
    'QLinearConv',
    [x, one, code(zero), weights, factors, weightZeros, one, code(resultZero), bias],
    { ...attributes, channels_last: 1 },
    { domain: 'com.microsoft' },
  );
}
