import type { Blocks } from './blocks.ts';
import { type BlockedValue, planesPerPart, slicesPerPart, storedChannels } from './layout.ts';
import { type PlaneGeometry, planeConvolution } from './plane-convolution.ts';

/** One input of a sum of convolutions and its filters, one per depth tap (three or one). */
export interface Term {
  readonly x: BlockedValue;
  readonly filters: readonly string[];
}

/** Where the depth slices of a tensor are: stacks of slices of `size` elements each. */
interface Slices {
  /** Default: 1. */
  readonly stacks?: number;
  readonly slices: number;
  readonly size: number;
  /** Shape of the result. */
  readonly shape: readonly number[];
}

/**
 * Differences of neighbouring depth slices, zero beyond the ends: a[j-1] - a[j] ('previous') or a[j+1] - a[j] ('next').
 * Computed in one pass, as a depthwise blocked convolution with two taps over the flat tensor, whose rows are the
 * slices.
 * @param a any layout of `stacks` times `slices` times `size` elements
 */
export function neighbourDifference(
  blocks: Blocks,
  a: string,
  options: Slices & { side: 'previous' | 'next' },
): string {
  const { graph, block } = blocks;
  const { stacks = 1, slices, size, shape, side } = options;
  const before = side === 'previous' ? 1 : 0;
  if (size % block !== 0) {
    const flat = blocks.reshape(a, [stacks, slices, size]);
    const shifted = blocks.pad(flat, [0, before ? 1 : -1, 0], [0, before ? -1 : 1, 0]);
    return blocks.reshape(graph.node('Sub', [shifted, flat]), shape);
  }
  const signs = side === 'previous' ? [1, -1] : [-1, 1];
  const taps = signs.flatMap((sign) => Array.from({ length: block }, () => sign));
  const rows = blocks.reshape(a, [stacks, block, slices, size / block]);
  const difference = planeConvolution(blocks, rows, graph.constant(taps, 'float32', [block, 1, 2, 1]), {
    kernel: [2, 1],
    pads: [before, 0, 1 - before, 0],
    group: block,
    label: 'depthDifference',
  });
  return blocks.reshape(difference, shape);
}

/** Shifts the planes by a number of depth slices (positive: y[j] = x[j - by]), zero beyond the ends. */
export function shifted(blocks: Blocks, x: string, batch: number, by: number): string {
  return blocks.pad(x, [by * batch, 0, 0, 0], [-by * batch, 0, 0, 0]);
}

/** Sums plane convolutions over the terms, accumulating in one tensor. */
export function sumOfConvolutions(
  blocks: Blocks,
  terms: readonly { x: string; filter: string }[],
  options: PlaneGeometry & { bias?: string; sum?: string },
): string {
  const { bias, ...rest } = options;
  let sum = options.sum;
  for (const [i, { x, filter }] of terms.entries()) {
    sum = planeConvolution(blocks, x, filter, {
      ...rest,
      ...(i === 0 && bias ? { bias } : {}),
      ...(sum ? { sum } : {}),
    });
  }
  return sum!;
}

/** Winograd's four input transforms of the even and odd slices, in any layout (`Slices`). */
export function depthTransforms(
  blocks: Blocks,
  [even, odd]: readonly [string, string],
  options: Slices,
): [string, string, string, string] {
  const { graph } = blocks;
  return [
    neighbourDifference(blocks, odd, { ...options, side: 'previous' }),
    graph.node('Add', [even, odd], {}, { label: 'depthTransform' }),
    graph.node('Sub', [odd, even], {}, { label: 'depthTransform' }),
    neighbourDifference(blocks, even, { ...options, side: 'next' }),
  ];
}

/** The transforms of an activation for `depthThree`. */
export function transformsOf(blocks: Blocks, x: BlockedValue): [string, string, string, string] {
  const channels = storedChannels(x, blocks.block);
  return depthTransforms(blocks, x.parts as [string, string], {
    slices: slicesPerPart(x.depth),
    size: x.batch * channels * x.height * x.width,
    shape: [planesPerPart(x), channels, x.height, x.width],
  });
}

/** Winograd's four filters for three depth taps. */
export function filterTransforms({ graph }: Blocks, [first, middle, last]: readonly string[]): string[] {
  const half = graph.constant(0.5);
  const outer = graph.node('Mul', [graph.node('Add', [first!, last!]), half]);
  const inner = graph.node('Mul', [middle!, half]);
  return [first!, graph.node('Add', [outer, inner]), graph.node('Sub', [outer, inner]), last!];
}

/**
 * Convolution with three depth taps, stride 1 and zero padding in depth, as convolutions of planes.
 *
 * Even depth: Winograd's F(2,3) along depth (Lavin and Gray 2016), four products for two slices. With e, o the even and
 * odd slices and w the taps: m0 = (o[j-1]-o[j])w0, m1 = (e+o)(w0+w1+w2)/2, m2 = (o-e)(w0-w1+w2)/2, m3 =
 * (e[j+1]-e[j])w2; even = m0+m1+m2, odd = m1-m2+m3. Odd depth: three products on shifted copies.
 * @param transforms the transforms of each term's x, if already known
 * @returns the parts of the result
 */
export function depthThree(
  blocks: Blocks,
  terms: readonly Term[],
  options: PlaneGeometry & { bias?: string; transforms?: readonly (readonly string[])[] },
): string[] {
  const { transforms, ...geometry } = options;
  const { graph } = blocks;
  const { depth, batch } = terms[0]!.x;
  if (depth % 2 === 1) {
    const products = terms.flatMap(({ x, filters }) =>
      [1, 0, 2]
        .filter((tap) => tap === 1 || depth > 1)
        .map((tap) => ({
          x: tap === 1 ? x.parts[0]! : shifted(blocks, x.parts[0]!, batch, 1 - tap),
          filter: filters[tap]!,
        })),
    );
    return [sumOfConvolutions(blocks, products, geometry)];
  }
  const inputs = terms.map(({ x }, i) => transforms?.[i] ?? transformsOf(blocks, x));
  const filters = terms.map((term) => filterTransforms(blocks, term.filters));
  const product = (m: number, extra: { sum?: string; bias?: string }) =>
    sumOfConvolutions(
      blocks,
      terms.map((_, i) => ({ x: inputs[i]![m]!, filter: filters[i]![m]! })),
      { ...geometry, bias: undefined, ...extra },
    );
  const m1 = product(1, {});
  const m2 = product(2, {});
  const sum = graph.node('Add', [m1, m2], {}, { label: 'depthTransform' });
  const difference = graph.node('Sub', [m1, m2], {}, { label: 'depthTransform' });
  const bias = geometry.bias ? { bias: geometry.bias } : {};
  return [product(0, { sum, ...bias }), product(3, { sum: difference, ...bias })];
}
