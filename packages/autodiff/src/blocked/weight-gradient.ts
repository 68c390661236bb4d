import type { AxisRule, AxisRules } from './axis-rule.ts';
import { type Blocks, rowNumbers } from './blocks.ts';
import { depthTransforms } from './depth-taps.ts';
import { filtersInFrameworkOrder } from './filters.ts';
import { type ContinuousLanes, planLanes } from './lane-plan.ts';
import { type BlockedValue, joined, nchwc, roundUp, slicesPerPart, storedChannels } from './layout.ts';
import { planeConvolution } from './plane-convolution.ts';

/**
 * Planes in channels-last order with zero padding, cut into bands of rows: [bands, slices, N, rows, columns, C], one
 * tensor per part of the activation.
 */
interface Images {
  readonly parts: readonly string[];
  readonly shape: readonly [
    bands: number,
    slices: number,
    batch: number,
    rows: number,
    columns: number,
    channels: number,
  ];
}

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

/** Each part as [planes, H, W * C]. */
function planesWithChannelsLast(blocks: Blocks, x: BlockedValue): string[] {
  const { graph, block } = blocks;
  const { batch, channels, height, width } = x;
  const channelsLast = (part: string, planes: number) => {
    if (x.thin) return channels === 1 ? part : blocks.transpose(part, [0, 2, 3, 1]);
    if (channels % block !== 0) return graph.node('ReorderOutput', [part], { channels_last: 1, channels }, nchwc);
    // The other reordering, of positions instead of channels: the same result, but computed in all threads.
    const exchanged = blocks.reshape(part, [planes, channels / block, 1, height * width * block]);
    return graph.node('ReorderInput', [exchanged], { channels_last: 1 }, nchwc);
  };
  return x.parts.map((part) => {
    const planes = slicesPerPart(x.depth) * batch;
    return blocks.reshape(channelsLast(part, planes), [planes, height, width * channels]);
  });
}

/** Bands of rows of the output gradient: where each band starts, and how many there are. */
interface Bands {
  readonly starts: readonly number[];
  readonly rows: number;
}

/** The rows of x that the bands of the output gradient depend on, including the convolution's padding. */
function imageBands(
  blocks: Blocks,
  channelsLast: readonly string[],
  x: BlockedValue,
  options: Bands & { width: number; rules: AxisRules },
): Images {
  const { starts } = options;
  const [ruleD, ruleH, ruleW] = options.rules;
  const { channels } = x;
  const slices = slicesPerPart(x.depth);
  // `lanesOf` needs a multiple of 4 planes: pad here, in the same copy, unless slices are shifted in between.
  const fill = ruleD.kernel < 3 && starts.length === 1 ? roundUp(slices * x.batch, 4) - slices * x.batch : 0;
  const rows = (options.rows - 1) * ruleH.stride + ruleH.kernel;
  const columns = (options.width - 1) * ruleW.stride + ruleW.kernel;
  const right = (columns - x.width - ruleW.padding) * channels;
  const shape =
    ruleD.kernel < 3
      ? ([starts.length, 1, slices * x.batch + fill, rows, columns, channels] as const)
      : ([starts.length, slices, x.batch, rows, columns, channels] as const);
  const parts = channelsLast.map((part) => {
    const bands = starts.map((start) => {
      const above = ruleH.padding - start * ruleH.stride;
      return blocks.pad(part, [0, above, ruleW.padding * channels], [fill, rows - above - x.height, right]);
    });
    return blocks.reshape(bands.length === 1 ? bands[0]! : blocks.graph.node('Concat', bands, { axis: 0 }), shape);
  });
  return { parts, shape };
}

/** Converts an image's planes to lanes: [lanes/b][rows][columns * C][b]. */
function lanesOf(
  blocks: Blocks,
  image: string,
  [bands, slices, batch, rows, columns, channels]: Images['shape'],
): string {
  const planes = bands * slices * batch;
  const flat = blocks.reshape(image, [1, planes, rows, columns * channels]);
  const filled = blocks.pad(flat, [0, 0, 0, 0], [0, roundUp(planes, 4) - planes, 0, 0]);
  return blocks.graph.node('ReorderInput', [filled], { channels_last: 0 }, { ...nchwc, label: 'gradientImage' });
}

/** Converts an image's planes, one below the other, to lanes that overlap by two rows: [lanes/b][rows][columns * C][b]. */
function continuousLanes(
  blocks: Blocks,
  image: string,
  [, slices, batch, height, columns, channels]: Images['shape'],
  { lanes, rows }: ContinuousLanes,
): string {
  const { graph } = blocks;
  const all = slices * batch * height;
  const key = `windows_${[all, lanes, rows].join('_')}`;
  const table = blocks.sharedTable(key, () => {
    const data = rowNumbers([lanes, rows + 2], [rows, 1]);
    // The first row is zeros.
    return graph.initializer(key, { data: data.map((row) => (row < all ? row : 0)), shape: [lanes, rows + 2] });
  });
  const windows = graph.node('Gather', [blocks.reshape(image, [all, columns * channels]), table], { axis: 0 });
  const declared = blocks.reshape(windows, [1, lanes, rows + 2, columns * channels]);
  return graph.node('ReorderInput', [declared], { channels_last: 0 }, { ...nchwc, label: 'gradientImage' });
}

/** `filterBands` for continuous lanes; the rows between planes and after the last are zeros. */
function continuousFilters(
  blocks: Blocks,
  dy: BlockedValue,
  { planes, lanes, rows }: ContinuousLanes & { planes: number },
): string[] {
  const { graph, block } = blocks;
  const { height, width } = dy;
  const groups = storedChannels(dy, block) / block;
  const size = planes * groups * height * width;
  const key = `continuous_${[planes, groups, height, width, lanes, rows].join('_')}`;
  const table = blocks.sharedTable(key, () => {
    const places = rowNumbers([lanes / block, groups, rows, width, block], [block * rows, 0, 1, 0, rows]);
    const columns = rowNumbers([lanes / block, groups, rows, width, block], [0, height * width, 0, 1, 0]);
    const data = places.map((place, i) => {
      const [plane, row] = [Math.floor(place / (height + 1)), place % (height + 1)];
      return plane < planes && row < height ? (plane * groups * height + row) * width + columns[i]! : size;
    });
    return graph.initializer(key, { data, shape: [data.length] });
  });
  const zeros = graph.constant(new Array<number>(block).fill(0), 'float32', [1, block]);
  return dy.parts.map((part) => {
    const extended = graph.node('Concat', [blocks.reshape(part, [size, block]), zeros], { axis: 0 });
    return blocks.gatherRows(extended, table, [1, size + 1]);
  });
}

/** Converts the output gradient's bands to filters: [lanes/b][O/b][rows][W][b lanes][b out] for each part. */
function filterBands(blocks: Blocks, dy: BlockedValue, options: Bands & { planes: number }): string[] {
  if (dy.thin) return thinFilterBands(blocks, dy, options);
  const { graph, block } = blocks;
  const { starts, rows, planes } = options;
  const { height, width } = dy;
  const groups = storedChannels(dy, block) / block;
  const lanes = roundUp(starts.length * planes, block);
  const size = groups * rows * width;
  const geometry = [planes, groups, height, width, rows].join('_');
  const table = blocks.sharedTable(`filter_${geometry}_${starts.join('_')}`, () => {
    // Lanes beyond the last meet zeros in the image, so any plane will do.
    const firstRows = Array.from({ length: lanes }, (_, lane) => {
      const [band, plane] = lane < starts.length * planes ? [Math.floor(lane / planes), lane % planes] : [0, 0];
      return (plane * groups * height + starts[band]!) * width;
    });
    // Other bands with the same number of rows share it.
    const within = blocks.sharedTable(`rows_${geometry}`, () => {
      const data = rowNumbers([groups, rows, width], [height * width, width, 1]);
      return graph.initializer(`rows_${geometry}`, { data, shape: [1, size, 1] });
    });
    return graph.node('Add', [graph.constant(firstRows, 'int32', [lanes / block, 1, block]), within]);
  });
  return dy.parts.map((part) => blocks.gatherRows(part, table, [1, planes * groups * height * width]));
}

/** `filterBands` for a gradient without channel blocks. */
function thinFilterBands(blocks: Blocks, dy: BlockedValue, options: Bands & { planes: number }): string[] {
  const { graph, block } = blocks;
  const { starts, rows, planes } = options;
  const { channels, height, width } = dy;
  const outputs = roundUp(channels, block);
  const lanes = roundUp(starts.length * planes, block);
  return dy.parts.map((part) => {
    const flat = blocks.reshape(part, [planes, channels, height, width]);
    const bands = starts.map((start) =>
      blocks.pad(flat, [0, 0, -start, 0], [0, outputs - channels, start + rows - height, 0]),
    );
    const all = bands.length === 1 ? bands[0]! : graph.node('Concat', bands, { axis: 0 });
    const filled = blocks.pad(all, [0, 0, 0, 0], [lanes - starts.length * planes, 0, 0, 0]);
    return blocks.transpose(blocks.reshape(filled, [lanes / block, block, outputs, rows * width]), [0, 3, 1, 2]);
  });
}
