import { sizeOf } from '@nnunet/tensor';
import type { OnnxGraph } from '../onnx/onnx-graph.ts';
import type { ChannelRange } from './integer-sites.ts';

/**
 * A value of one sample as 8-bit codes (uint8), shape [depth, height, width, channels]; depth is 1 in 2D. The value of
 * channel c is (code - zero) * scales[c].
 */
export interface CodedValue {
  readonly name: string;
  readonly zero: number;
  readonly scales: Float64Array;
  readonly size: readonly [depth: number, height: number, width: number];
}

/** How the values of a channel become codes: code = value / scale + zero, rounded and limited to 0 … 255. */
export type Coding = Pick<CodedValue, 'zero' | 'scales'>;

/** Scale of a channel that is always zero. */
const smallest = 1e-9;

/** One scale for all channels; zero is a code. */
export function commonCoding({ low, high }: ChannelRange, channels: number): Coding {
  const least = Math.min(0, ...low);
  const scale = Math.max((Math.max(0, ...high) - least) / 255, smallest);
  return { zero: Math.round(-least / scale), scales: new Float64Array(channels).fill(scale) };
}

/** For values on both sides of zero. */
export function signedCoding({ low, high }: ChannelRange): Coding {
  const scales = Float64Array.from(low, (value, c) => Math.max(-value / 128, high[c]! / 127, smallest));
  return { zero: 128, scales };
}

/** For values whose mean does not matter: the middle of the range becomes the middle of the codes. */
export function centredCoding({ low, high }: ChannelRange): Coding {
  return { zero: 128, scales: Float64Array.from(low, (value, c) => Math.max((high[c]! - value) / 254, smallest)) };
}

/** For values that are not negative. @param high the greatest of each channel */
export function positiveCoding(high: readonly number[]): Coding {
  return { zero: 0, scales: Float64Array.from(high, (value) => Math.max(value / 255, smallest)) };
}

/** Sizes of depth, height and width of (1, C, …spatial); the depth of a plane is 1. */
export function sizeOfMap(shape: readonly number[]): [number, number, number] {
  return shape.length === 5 ? (shape.slice(2) as [number, number, number]) : [1, shape[2]!, shape[3]!];
}

/** Codes a value in the ordinary layout, (1, C, …spatial), with a common scale. */
export function encode(graph: OnnxGraph, x: string, shape: readonly number[], coding: Coding): CodedValue {
  const size = sizeOfMap(shape);
  const scale = graph.constant(coding.scales[0]!);
  const codes = graph.node('QuantizeLinear', [x, scale, graph.constant(coding.zero, 'uint8')]);
  const flat = graph.node('Reshape', [codes, graph.constant([shape[1]!, sizeOf(size)], 'int64')]);
  const last = shape[1] === 1 ? flat : graph.node('Transpose', [flat], { perm: [1, 0] });
  const name = graph.node('Reshape', [last, graph.constant([...size, shape[1]!], 'int64')]);
  return { name, size, ...coding };
}

/** Returns the codes from zero as floating-point numbers, (voxels, C), not yet multiplied by the scales. */
export function codesFromZero(graph: OnnxGraph, { name, zero, scales, size }: CodedValue): string {
  const codes = graph.node('DequantizeLinear', [name, graph.constant(1), graph.constant(zero, 'uint8')]);
  return graph.node('Reshape', [codes, graph.constant([sizeOf(size), scales.length], 'int64')]);
}

/** Returns the value in the ordinary layout and in floating point. @param shape (1, C, …spatial) */
export function decode(graph: OnnxGraph, value: CodedValue, shape: readonly number[]): string {
  const values = graph.node('Mul', [codesFromZero(graph, value), graph.constant([...value.scales])]);
  const first = graph.node('Transpose', [values], { perm: [1, 0] });
  return graph.node('Reshape', [first, graph.constant(shape, 'int64')]);
}
