import { sizeOf } from '@nnunet/tensor';
import type { ExpressionOf } from '../expression.ts';
import type { LoweringContext } from '../lowering.ts';
import { interpolationMatrix } from '../operators/interpolate.ts';
import type { PlainRules } from './rule-table.ts';

/** A product with a constant matrix along each axis that changes. */
function alongAxes(c: LoweringContext, e: ExpressionOf<'interpolate' | 'interpolateGradient'>): string {
  const { graph } = c;
  const { shape } = e;
  const size = [...e.inputs[0]!.shape];
  let value = c.plain(e.inputs[0]!);
  for (const [axis, to] of shape.entries()) {
    const from = size[axis]!;
    if (from === to) continue;
    const matrix = matrixAlong(e, from, to);
    const outer = sizeOf(size.slice(0, axis));
    const inner = sizeOf(size.slice(axis + 1));
    // The last axis is multiplied from the right: one product instead of many with vectors.
    const reshaped = (...flat: number[]) => graph.node('Reshape', [value, graph.constant(flat, 'int64')]);
    value =
      inner === 1
        ? graph.node('MatMul', [reshaped(outer, from), c.float(transposed(matrix, from), [from, to])])
        : graph.node('MatMul', [c.float(matrix, [to, from]), reshaped(outer, from, inner)]);
    size[axis] = to;
  }
  return graph.node('Reshape', [value, graph.constant(shape, 'int64')]);
}

/** The matrix of one axis, (to x from), row-major. */
export function matrixAlong(
  { op, attributes: { mode } }: Pick<ExpressionOf<'interpolate' | 'interpolateGradient'>, 'op' | 'attributes'>,
  from: number,
  to: number,
): number[] {
  return op === 'interpolate'
    ? interpolationMatrix(from, to, mode)
    : transposed(interpolationMatrix(to, from, mode), to);
}

/** Transposes a row-major matrix with the given number of columns. */
function transposed(matrix: readonly number[], columns: number): number[] {
  const rows = matrix.length / columns;
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}

export const interpolateRules: PlainRules<'interpolate' | 'interpolateGradient'> = {
  interpolate: alongAxes,
  interpolateGradient: alongAxes,
};
