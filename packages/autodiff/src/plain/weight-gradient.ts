import { sizeOf, stridesOf } from '@nnunet/tensor';
import type { ExpressionOf } from '../expression.ts';
import type { LoweringContext } from '../lowering.ts';
import { movedInputs, type Named } from './moved-inputs.ts';

/** Minimum of (channels of x) times taps per matrix product, where available. */
const columns = 32;

/**
 * A convolution's weight gradient as matrix products: for each kernel tap, dy (O x positions) times the transpose of x
 * as seen by that tap (C x positions), summed over the samples. Several taps share a product if there are few channels.
 * Each group has its own products.
 */
export function weightGradient(c: LoweringContext, e: ExpressionOf<'convolutionWeightGradient'>): string {
  const { graph } = c;
  const int64 = (list: readonly number[]) => graph.constant(list, 'int64');
  const [outputs, channels] = e.shape as [number, number];
  if (e.attributes.groups > 1) return weightGradientInGroups(c, e);
  const { rows, taps } = e.attributes.stride.every((s) => s === 1) ? shiftedRows(c, e) : gatheredRows(c, e);
  const group = Math.ceil(columns / channels);
  const products: string[] = [];
  for (let at = 0; at < taps.length; at += group) {
    const part = taps.slice(at, at + group).map((write) => write());
    const joined = part.length === 1 ? part[0]! : graph.node('Concat', part, { axis: 1 });
    const matrix = graph.node('Transpose', [joined], { perm: [0, 2, 1] });
    const product = graph.node('MatMul', [rows, matrix]);
    products.push(graph.node('ReduceSum', [product, int64([0])], { keepdims: 0 }));
  }
  const all = products.length === 1 ? products[0]! : graph.node('Concat', products, { axis: 1 });
  c.order.record(all);
  const split = graph.node('Reshape', [all, int64([outputs, taps.length, channels])]);
  return graph.node('Reshape', [graph.node('Transpose', [split], { perm: [0, 2, 1] }), int64(e.shape)]);
}

/** Group after group: the taps of all groups share a product per tap, (N, groups, O / groups, C / groups). */
function weightGradientInGroups(c: LoweringContext, e: ExpressionOf<'convolutionWeightGradient'>): string {
  const { graph } = c;
  const int64 = (list: readonly number[]) => graph.constant(list, 'int64');
  const { groups, stride } = e.attributes;
  const [outputs, channels] = e.shape as [number, number];
  const [samples] = e.inputs[0]!.shape as [number];
  const { rows, taps } = stride.every((s) => s === 1) ? shiftedRows(c, e) : gatheredRows(c, e);
  const left = graph.node('Reshape', [rows, int64([samples, groups, outputs / groups, -1])]);
  const products = taps.map((write) => {
    const split = graph.node('Reshape', [write(), int64([samples, groups, channels, -1])]);
    const product = graph.node('MatMul', [left, graph.node('Transpose', [split], { perm: [0, 1, 3, 2] })]);
    return graph.node(
      'ReduceSum',
      [graph.node('Reshape', [product, int64([samples, outputs, channels, 1])]), int64([0])],
      { keepdims: 0 },
    );
  });
  const all = products.length === 1 ? products[0]! : graph.node('Concat', products, { axis: 2 });
  c.order.record(all);
  return graph.node('Reshape', [all, int64(e.shape)]);
}

/** dy as (N, O, positions), and for each tap a function that writes the values of x at that tap, (N, C, positions). */
interface Rows {
  rows: string;
  taps: (() => string)[];
}

/**
 * Stride 1: x is padded, dy is padded at the ends of its axes to the same size, and both are flattened. A tap is then
 * an offset into x, and its positions are one contiguous run.
 */
function shiftedRows(
  c: LoweringContext,
  { inputs, shape, attributes }: ExpressionOf<'convolutionWeightGradient'>,
): Rows {
  const { graph } = c;
  const int64 = (list: readonly number[]) => graph.constant(list, 'int64');
  const [x, dy] = inputs.map((input): Named => ({ name: c.plain(input), shape: input.shape })) as [Named, Named];
  const kernel = shape.slice(2);
  const out = dy.shape.slice(2);
  const before = attributes.padding;
  const size = x.shape.slice(2).map((n, i) => Math.max(n + before[i]!, out[i]! + kernel[i]! - 1));
  const steps = stridesOf(size);
  const flat = ({ name, shape: [samples, channels, ...own] }: Named, first: readonly number[]) => {
    const after = own.map((n, i) => size[i]! - n - first[i]!);
    const padded = [...first, ...after].some((n) => n > 0)
      ? graph.node('Pad', [name, int64([0, 0, ...first, 0, 0, ...after])])
      : name;
    return graph.node('Reshape', [padded, int64([samples!, channels!, sizeOf(size)])]);
  };
  const length = out.reduce((sum, n, i) => sum + (n - 1) * steps[i]!, 1);
  const run = (value: string, start: number) =>
    length === sizeOf(size) ? value : graph.node('Slice', [value, int64([start]), int64([start + length]), int64([2])]);
  const columnsOf = flat(x, before);
  const rows = run(
    flat(
      dy,
      out.map(() => 0),
    ),
    0,
  );
  const inner = stridesOf(kernel);
  const taps = Array.from({ length: sizeOf(kernel) }, (_, tap) => {
    const start = kernel.reduce((sum, k, i) => sum + (Math.floor(tap / inner[i]!) % k) * steps[i]!, 0);
    return () => run(columnsOf, start);
  });
  return { rows, taps };
}

/** Any stride: a strided box of x for each tap. */
function gatheredRows(
  c: LoweringContext,
  { inputs, shape, attributes }: ExpressionOf<'convolutionWeightGradient'>,
): Rows {
  const [x, dy] = inputs as [(typeof inputs)[0], (typeof inputs)[0]];
  const [samples, outputs, ...out] = dy.shape as [number, number, ...number[]];
  const rows = c.graph.node('Reshape', [c.plain(dy), c.graph.constant([samples, outputs, sizeOf(out)], 'int64')]);
  const { stride, padding: before } = attributes;
  const taps = movedInputs(c, { x: { name: c.plain(x), shape: x.shape }, kernel: shape.slice(2), out, stride, before });
  return { rows, taps };
}
