import { sizeOf } from '@nnunet/tensor';
import type { ExpressionOf } from '../expression.ts';
import { matrixAlong } from '../plain/interpolate-rules.ts';
import type { Blocks } from './blocks.ts';
import { type BlockedValue, joined, roundUp, separated } from './layout.ts';

type Interpolation = Pick<ExpressionOf<'interpolate' | 'interpolateGradient'>, 'op' | 'attributes' | 'shape'>;

/** Interpolates a value in channel blocks, or takes the gradient: a product with a constant matrix along each axis. */
export function interpolate(blocks: Blocks, x: BlockedValue, e: Interpolation): BlockedValue {
  const { graph, block } = blocks;
  const stored = roundUp(x.channels, block);
  const [depth, height, width] = e.shape.length === 5 ? e.shape.slice(2) : [1, ...e.shape.slice(2)];
  const groups = (x.batch * stored) / block;
  const result = { ...x, depth: depth!, height: height!, width: width! };
  const along = (value: string, [outer, from, to, inner]: readonly [number, number, number, number]) => {
    if (from === to) return value;
    const matrix = graph.constant(matrixAlong(e, from, to), 'float32', [to, from]);
    return graph.node('MatMul', [matrix, blocks.reshape(value, [outer, from, inner])]);
  };
  let value = joined(blocks, x);
  value = along(value, [1, x.depth, result.depth, groups * x.height * x.width * block]);
  value = along(value, [result.depth * groups, x.height, result.height, x.width * block]);
  value = along(value, [result.depth * groups * result.height, x.width, result.width, block]);
  return separated(
    blocks,
    blocks.reshape(value, [result.depth * x.batch, stored, result.height, result.width]),
    result,
  );
}

/** Means of boxes: their sums, which are the gradient of repeating elements, divided by the size of a box. */
export function averagePool(
  blocks: Blocks,
  x: BlockedValue,
  { shape, attributes: { kernel } }: ExpressionOf<'averagePool'>,
): BlockedValue {
  const sums = interpolate(blocks, x, { op: 'interpolateGradient', attributes: { mode: 'nearest' }, shape });
  const share = blocks.graph.constant(1 / sizeOf(kernel));
  return { ...sums, parts: sums.parts.map((part) => blocks.graph.node('Mul', [part, share])) };
}
