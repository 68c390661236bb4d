import { sizeOf } from '@nnunet/tensor';
import type { ExpressionOf } from '../expression.ts';
import { EXACT_FACTOR } from '../operators/averages.ts';
import { matrixAlong } from '../plain/interpolate-rules.ts';
import { type Blocks, rowNumbers } from './blocks.ts';
import { sumOfConvolutions } from './depth-taps.ts';
import { type BlockedValue, joined, roundUp, separated } from './layout.ts';

type Interpolation = Pick<ExpressionOf<'interpolate' | 'interpolateGradient'>, 'op' | 'attributes' | 'shape'>;

/**
 * Interpolates a value in channel blocks, or takes the gradient: a product with a constant matrix along each axis, or
 * copies if elements are only repeated.
 */
export function interpolate(blocks: Blocks, x: BlockedValue, e: Interpolation): BlockedValue {
  const { graph, block } = blocks;
  const stored = roundUp(x.channels, block);
  const [depth, height, width] = e.shape.length === 5 ? e.shape.slice(2) : [1, ...e.shape.slice(2)];
  const groups = (x.batch * stored) / block;
  const result = { ...x, depth: depth!, height: height!, width: width! };
  const [deep, high, wide] = [depth! / x.depth, height! / x.height, width! / x.width] as const;
  const repeats = [deep, high, wide].every((n) => Number.isInteger(n) && n <= EXACT_FACTOR);
  if (e.op === 'interpolate' && e.attributes.mode === 'nearest' && repeats && deep <= 2) {
    const parts = deep === 2 ? [joined(blocks, x)] : x.parts;
    const repeated = parts.map((part) => {
      const planes = (x.depth / parts.length) * groups;
      const size = { planes, height: x.height, width: x.width, high, wide };
      const shape = [(planes / groups) * x.batch, stored, result.height, result.width];
      return blocks.reshape(repeatedInPlane(blocks, part, size), shape);
    });
    return { ...result, parts: deep === 2 ? [repeated[0]!, repeated[0]!] : repeated };
  }
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

/** Means of boxes: a depthwise convolution with the box as its stride, or products with matrices for boxes deeper than 2. */
export function averagePool(
  blocks: Blocks,
  x: BlockedValue,
  { shape, attributes: { kernel } }: ExpressionOf<'averagePool'>,
): BlockedValue {
  const { graph, block } = blocks;
  const share = 1 / sizeOf(kernel);
  const [deep, ...box] = (kernel.length === 3 ? kernel : [1, ...kernel]) as [number, number, number];
  if (deep > 2) {
    const sums = interpolate(blocks, x, { op: 'interpolateGradient', attributes: { mode: 'nearest' }, shape });
    return { ...sums, parts: sums.parts.map((part) => graph.node('Mul', [part, graph.constant(share)])) };
  }
  const group = roundUp(x.channels, block);
  const filter = graph.constant(new Array<number>(group * sizeOf(box)).fill(share), 'float32', [group, 1, ...box]);
  const means = (parts: readonly string[]) =>
    sumOfConvolutions(
      blocks,
      parts.map((part) => ({ x: part, filter })),
      { kernel: box, strides: box, group },
    );
  const result = { ...x, depth: x.depth / deep, height: x.height / box[0], width: x.width / box[1] };
  if (deep === 2) return separated(blocks, means(x.parts), result);
  return { ...result, parts: x.parts.map((part) => means([part])) };
}

/** Repeats each element of planes over a box of `high` times `wide`. */
function repeatedInPlane(
  blocks: Blocks,
  x: string,
  { planes, height, width, high, wide }: { planes: number; height: number; width: number; high: number; wide: number },
): string {
  if (high * wide === 1) return x;
  const size = height * high * width * wide;
  const key = `repeat_${[height, high, width, wide].join('_')}`;
  const table = blocks.sharedTable(key, () =>
    blocks.graph.initializer(key, { data: rowNumbers([height, high, width, wide], [width, 0, 1, 0]), shape: [size] }),
  );
  return blocks.gatherRows(x, table, [planes, height * width]);
}
