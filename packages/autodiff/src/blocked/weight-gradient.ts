import type { AxisRules } from './axis-rule.ts';
import { depthTransforms } from './depth-taps.ts';
import {
  type BlockedValue,
  type Blocks,
  joined,
  nchwc,
  pad,
  planesPerPart,
  reshape,
  roundUp,
  slice,
  slicesPerPart,
  storedChannels,
  transpose,
} from './layout.ts';
import { planeConvolution } from './plane-convolution.ts';

/** Channels-last planes of x with zeros around them: [slices, N, rows, columns, C]. */
interface Image {
  readonly parts: readonly string[];
  readonly slices: number;
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
}

/** The output gradient as filters: [lane group][O/b][H][W][b lanes][b out]. */
interface Filters {
  readonly parts: readonly string[];
  readonly planes: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Gradient of a convolution with respect to its weights, as a blocked group convolution whose lanes are the planes (depth
 * slices and batch): a group for each block of lanes, image = x with (column, channel) as the plane's width, filter = the
 * output gradient. Its output has kh rows and kw * C columns; the groups are summed.
 * @param x the convolution's input
 * @param dy gradient of its output
 * @returns [O, C, kd, kh, kw] in the framework's order
 */
export function weightGradient(blocks: Blocks, x: BlockedValue, dy: BlockedValue, rules: AxisRules): string {
  const pointwise = rules.every(({ kernel, stride }) => kernel === 1 && stride === 1);
  if (pointwise && dy.thin && !x.thin) {
    // the roles are exchanged: few columns instead of filters filled with zeros
    const exchanged = weightGradient(blocks, dy, x, rules);
    return reshape(blocks, transpose(blocks, reshape(blocks, exchanged, [x.channels, dy.channels]), [1, 0]), [
      dy.channels,
      x.channels,
      1,
      1,
      1,
    ]);
  }
  const [ruleD, ruleH, ruleW] = rules;
  const image = imageOf(blocks, x, rules);
  const strided = ruleD.stride === 2;
  const gradient = strided ? { ...dy, parts: [joined(blocks, dy)], depth: dy.depth } : dy;
  const filters = filtersOf(blocks, gradient);
  const correlate = (part: string, filter: string) =>
    correlation(blocks, part, filter, { image, filters, ruleH, ruleW });
  const { graph } = blocks;
  let taps: string[];
  if (strided) {
    const [even, odd] = image.parts as [string, string];
    const images = ruleD.kernel === 3 ? [shiftedImage(blocks, odd, 1), even, odd] : [even, odd].slice(0, ruleD.kernel);
    taps = images.map((part) => correlate(part, filters.parts[0]!));
  } else if (ruleD.kernel === 1) {
    const sums = image.parts.map((part, i) => correlate(part, filters.parts[i]!));
    taps = [sums.length === 1 ? sums[0]! : graph.node('Add', [sums[0]!, sums[1]!])];
  } else if (image.parts.length === 1) {
    taps = [0, 1, 2].map((tap) => correlate(shiftedImage(blocks, image.parts[0]!, 1 - tap), filters.parts[0]!));
  } else {
    taps = winogradTaps(blocks, image, filters, correlate);
  }
  return inFrameworkOrder(blocks, taps, {
    outputs: dy.channels,
    inputs: x.channels,
    stored: image.channels,
    kernel: [ruleD.kernel, ruleH.kernel, ruleW.kernel],
  });
}

/**
 * The transpose of Winograd's F(2,3) along depth (`depthThree`): the image transforms times e, e+o, e-o, o of the output
 * gradient are h0..h3; dw0 = h0+(h1+h2)/2, dw1 = (h1-h2)/2, dw2 = (h1+h2)/2+h3.
 */
function winogradTaps(
  blocks: Blocks,
  image: Image,
  filters: Filters,
  correlate: (part: string, filter: string) => string,
): string[] {
  const { graph } = blocks;
  const size = image.batch * image.rows * image.columns * image.channels;
  const images = depthTransforms(blocks, image.parts as [string, string], {
    slices: image.slices,
    size,
    shape: [image.slices, image.batch, image.rows, image.columns, image.channels],
  });
  const [even, odd] = filters.parts as [string, string];
  const label = { label: 'gradientTransform' };
  const h0 = correlate(images[0], even);
  const h3 = correlate(images[3], odd);
  const h1 = correlate(images[1], graph.node('Add', [even, odd], {}, label));
  const h2 = correlate(images[2], graph.node('Sub', [even, odd], {}, label));
  const half = graph.constant(0.5);
  const sum = graph.node('Mul', [graph.node('Add', [h1, h2]), half]);
  const difference = graph.node('Mul', [graph.node('Sub', [h1, h2]), half]);
  return [graph.node('Add', [h0, sum]), difference, graph.node('Add', [sum, h3])];
}

function imageOf(blocks: Blocks, x: BlockedValue, [, ruleH, ruleW]: AxisRules): Image {
  const { graph } = blocks;
  const { batch, channels, height, width } = x;
  const slices = slicesPerPart(x.depth);
  const after = (stride: number, padding: number) => (stride === 1 ? padding : 0);
  const rows = height + ruleH.padding + after(ruleH.stride, ruleH.padding);
  const columns = width + ruleW.padding + after(ruleW.stride, ruleW.padding);
  const parts = x.parts.map((part) => {
    const last =
      x.thin && channels === 1
        ? reshape(blocks, part, [slices * batch, height, width, 1])
        : x.thin
          ? transpose(blocks, part, [0, 2, 3, 1])
          : graph.node('ReorderOutput', [part], { channels_last: 1, channels }, nchwc);
    const planes = reshape(blocks, last, [slices * batch, height, width * channels]);
    const before = [0, ruleH.padding, ruleW.padding * channels];
    const behind = [0, after(ruleH.stride, ruleH.padding), after(ruleW.stride, ruleW.padding) * channels];
    return reshape(blocks, pad(blocks, planes, before, behind), [slices, batch, rows, columns, channels]);
  });
  return { parts, slices, batch, rows, columns, channels };
}

function shiftedImage(blocks: Blocks, part: string, by: number): string {
  return pad(blocks, part, [by, 0, 0, 0, 0], [-by, 0, 0, 0, 0]);
}

/** One transposition, of rows of a block of channels, by the provider's own reordering. */
function filtersOf(blocks: Blocks, dy: BlockedValue): Filters {
  const { graph, block } = blocks;
  const { height, width } = dy;
  const planes = dy.parts.length === 1 ? dy.depth * dy.batch : planesPerPart(dy);
  const lanes = roundUp(planes, block);
  const outputs = roundUp(dy.channels, block);
  const stored = storedChannels(dy, block);
  const size = height * width;
  const parts = dy.parts.map((part) => {
    const flat = reshape(blocks, part, [planes, stored, size]);
    const filled = pad(blocks, flat, [0, 0, 0], [lanes - planes, dy.thin ? outputs - stored : 0, 0]);
    if (dy.thin) return transpose(blocks, reshape(blocks, filled, [lanes / block, block, outputs, size]), [0, 3, 1, 2]);
    const rows = reshape(blocks, filled, [lanes / block, block * block, (outputs / block) * size, 1]);
    return graph.node(
      'ReorderOutput',
      [rows],
      { channels_last: 1, channels: block * block },
      { ...nchwc, label: 'gradientFilter' },
    );
  });
  return { parts, planes, outputs, height, width };
}

/** One image against one filter: [O/b][kh][kw * C][b]. */
function correlation(
  blocks: Blocks,
  part: string,
  filter: string,
  options: { image: Image; filters: Filters; ruleH: AxisRules[1]; ruleW: AxisRules[2] },
): string {
  const { graph, block } = blocks;
  const { image, filters, ruleH, ruleW } = options;
  const { planes, outputs, height, width } = filters;
  const groups = roundUp(planes, block) / block;
  const rowLength = image.columns * image.channels;
  const flat = reshape(blocks, part, [1, planes, image.rows, rowLength]);
  const filled = pad(blocks, flat, [0, 0, 0, 0], [0, roundUp(planes, 4) - planes, 0, 0]);
  const lanes = graph.node('ReorderInput', [filled], { channels_last: 0 }, { ...nchwc, label: 'gradientImage' });
  const products = planeConvolution(blocks, lanes, reshape(blocks, filter, [groups * outputs, block, height, width]), {
    kernel: [height, width],
    dilations: [ruleH.stride, ruleW.stride * image.channels],
    group: groups,
    label: 'weightGradient',
  });
  // positions of the kernel that fit: one too many per axis where a stride is wider than the kernel
  const rows = image.rows - (height - 1) * ruleH.stride;
  const columns = (image.columns - (width - 1) * ruleW.stride) * image.channels;
  let sum = reshape(blocks, products, [groups, outputs / block, rows, columns * block]);
  if (groups > 1) sum = graph.node('ReduceSum', [sum, graph.constant([0], 'int64')], { keepdims: 0 });
  sum = reshape(blocks, sum, [outputs / block, rows, columns * block]);
  if (rows > ruleH.kernel) sum = slice(blocks, sum, 1, 0, ruleH.kernel);
  if (columns > ruleW.kernel * image.channels) sum = slice(blocks, sum, 2, 0, ruleW.kernel * image.channels * block);
  return sum;
}

/** Depth taps of [O/b][kh][kw * C][b] to [O, C, kd, kh, kw]. */
function inFrameworkOrder(
  blocks: Blocks,
  taps: readonly string[],
  shape: { outputs: number; inputs: number; stored: number; kernel: readonly [number, number, number] },
): string {
  const { graph, block } = blocks;
  const { kernel, inputs } = shape;
  const [kd, kh, kw] = kernel;
  const outputs = roundUp(shape.outputs, block);
  const rows = taps.map((tap) => reshape(blocks, tap, [1, outputs / block, kh * kw, inputs, block]));
  const all = kd === 1 ? rows[0]! : graph.node('Concat', rows, { axis: 0 });
  const ordered = reshape(blocks, transpose(blocks, all, [3, 0, 2, 1, 4]), [inputs * kd * kh * kw, outputs]);
  const columns = transpose(blocks, ordered, [1, 0]);
  const cut = outputs === shape.outputs ? columns : slice(blocks, columns, 0, 0, shape.outputs);
  return reshape(blocks, cut, [shape.outputs, inputs, kd, kh, kw]);
}
