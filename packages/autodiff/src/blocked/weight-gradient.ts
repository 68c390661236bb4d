import type { AxisRule, AxisRules } from './axis-rule.ts';
import type { Blocks } from './blocks.ts';
import { continuousFilters, continuousLanes } from './continuous-lanes.ts';
import { depthTransforms } from './depth-taps.ts';
import { filtersInFrameworkOrder } from './filters.ts';
import { filterBands } from './gradient-filters.ts';
import { type Images, imageBands, lanesOf, planesWithChannelsLast } from './gradient-images.ts';
import { planLanes } from './lane-plan.ts';
import { type BlockedValue, joined, roundUp, slicesPerPart } from './layout.ts';
import { planeConvolution } from './plane-convolution.ts';

/** An image and a filter whose correlation is product `index`. */
interface Pair {
  readonly index: number;
  readonly image: string;
  readonly filter: string;
}

/**
 * Gradient of a convolution with respect to its weights, as a blocked group convolution whose lanes are the planes
 * (depth slices, batch, bands of rows): a group per block of lanes, image = x with (column, channel) as the plane's
 * width, filter = the output gradient. Its output has kh rows and kw * C columns; the groups are summed.
 * @param x the convolution's input
 * @param dy gradient of its output
 * @returns [O, C, kd, kh, kw] in the framework's order
 */
export function weightGradient(blocks: Blocks, x: BlockedValue, dy: BlockedValue, rules: AxisRules): string {
  const { graph, block } = blocks;
  if (dy.thin && !x.thin && rules.every(({ kernel, stride }) => kernel === 1 && stride === 1)) {
    // Swap the roles: few columns instead of filters padded with zeros.
    const exchanged = blocks.reshape(weightGradient(blocks, dy, x, rules), [x.channels, dy.channels]);
    return blocks.reshape(blocks.transpose(exchanged, [1, 0]), [dy.channels, x.channels, 1, 1, 1]);
  }
  const [ruleD, ruleH, ruleW] = rules;
  const gradient = ruleD.stride === 2 ? { ...dy, parts: [joined(blocks, dy)] } : dy;
  const slices = ruleD.stride === 2 ? dy.depth : slicesPerPart(dy.depth);
  const planes = slices * dy.batch;
  const { height, width } = dy;
  const outputs = roundUp(dy.channels, block);
  const plan = planLanes({
    block,
    planes,
    height,
    width,
    outputs,
    inputs: x.channels,
    kernel: [ruleH.kernel, ruleW.kernel],
    stride: ruleH.stride,
    fillsFreely: ruleD.kernel < 3,
    mayContinue: ruleH.kernel === 3 && ruleH.stride === 1 && !dy.thin,
  });
  const continuous = plan.kind === 'continuous' ? plan : undefined;
  const stacked = plan.kind === 'banded' ? plan.stacked : 1;
  const lanes = continuous?.lanes ?? roundUp(stacked * planes, block);
  const channelsLast = planesWithChannelsLast(blocks, x);
  const products: string[] = [];
  for (let band = 0; band < (continuous ? 1 : height / plan.rows); band += stacked) {
    const starts = Array.from({ length: stacked }, (_, i) => (band + i) * plan.rows);
    // Continuous planes share the row of zeros between them.
    const rows = continuous ? height - 1 : plan.rows;
    const images = imageBands(blocks, channelsLast, x, { starts, rows, width, rules });
    const filters = continuous
      ? continuousFilters(blocks, gradient, { ...continuous, planes })
      : filterBands(blocks, gradient, { starts, rows, planes });
    for (const { index, image, filter } of pairs(blocks, images, filters, ruleD)) {
      const imageLanes = continuous
        ? continuousLanes(blocks, image, images.shape, continuous)
        : lanesOf(blocks, image, images.shape);
      const declared = blocks.reshape(filter, [(lanes / block) * outputs, block, plan.rows, width]);
      products[index] = planeConvolution(blocks, imageLanes, declared, {
        kernel: [plan.rows, width],
        dilations: [ruleH.stride, ruleW.stride * x.channels],
        group: lanes / block,
        ...(products[index] === undefined ? {} : { sum: products[index] }),
        label: 'weightGradient',
      });
    }
  }
  const size = (outputs * ruleH.kernel * ruleW.kernel * x.channels) as number;
  const sums = products.map((product) => {
    if (lanes === block) return product;
    const groups = blocks.reshape(product, [lanes / block, size]);
    return graph.node('ReduceSum', [groups, graph.constant([0], 'int64')], { keepdims: 0 });
  });
  return filtersInFrameworkOrder(blocks, sums.length === 4 ? depthTaps(blocks, sums) : sums, {
    outputs: dy.channels,
    inputs: x.channels,
    kernel: [ruleD.kernel, ruleH.kernel, ruleW.kernel],
  });
}

/** Pairs images with filters: a product per depth tap, or Winograd's four (`depthTaps`). */
function pairs(blocks: Blocks, images: Images, filters: readonly string[], rule: AxisRule): Pair[] {
  const { graph } = blocks;
  const { parts, shape } = images;
  const shifted = (image: string, by: number) => blocks.pad(image, [0, by, 0, 0, 0, 0], [0, -by, 0, 0, 0, 0]);
  if (rule.stride === 2) {
    const [even, odd] = parts as [string, string];
    const taps = rule.kernel === 3 ? [shifted(odd, 1), even, odd] : [even, odd].slice(0, rule.kernel);
    return taps.map((image, index) => ({ index, image, filter: filters[0]! }));
  }
  if (rule.kernel === 1) return parts.map((image, i) => ({ index: 0, image, filter: filters[i]! }));
  if (parts.length === 1) {
    return [0, 1, 2].map((index) => ({ index, image: shifted(parts[0]!, 1 - index), filter: filters[0]! }));
  }
  const [bands, slices, ...plane] = shape;
  const size = plane.reduce((product, n) => product * n, 1);
  const transformed = depthTransforms(blocks, parts as [string, string], { stacks: bands, slices, size, shape });
  const [even, odd] = filters as [string, string];
  const label = { label: 'gradientTransform' };
  const combined = [even, graph.node('Add', [even, odd], {}, label), graph.node('Sub', [even, odd], {}, label), odd];
  return transformed.map((image, index) => ({ index, image, filter: combined[index]! }));
}

/**
 * The transpose of Winograd's F(2,3) along depth (`depthThree`): the products of the image transforms with e, e+o, e-o
 * and o of the output gradient are h0 to h3; dw0 = h0+(h1+h2)/2, dw1 = (h1-h2)/2, dw2 = (h1+h2)/2+h3.
 */
function depthTaps({ graph }: Blocks, [h0, h1, h2, h3]: readonly string[]): string[] {
  const half = graph.constant(0.5);
  const sum = graph.node('Mul', [graph.node('Add', [h1!, h2!]), half]);
  const difference = graph.node('Mul', [graph.node('Sub', [h1!, h2!]), half]);
  return [graph.node('Add', [h0!, sum]), difference, graph.node('Add', [sum, h3!])];
}
