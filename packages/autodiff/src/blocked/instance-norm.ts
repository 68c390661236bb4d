import {
  type BlockedValue,
  type Blocks,
  nchwc,
  pad,
  planesPerPart,
  reshape,
  roundUp,
  slice,
  slicesPerPart,
  thickened,
} from './layout.ts';
import { channelwise, planeConvolution } from './plane-convolution.ts';

/** What the gradient needs again; each [N * C] with padded channels. */
export interface NormStatistics {
  readonly mean: string;
  /** 1 / sqrt(variance + epsilon) */
  readonly inverse: string;
  /** z = x * scale + shift, before the activation */
  readonly scale: string;
  readonly shift: string;
}

/** Turns any z of ordinary size into one beyond [slope, 1]. */
const huge = 1e20;

/** Means over space of each sample's channel: from the sums or means of every plane's channel. [N * C] */
function overDepth(blocks: Blocks, value: BlockedValue, planes: readonly string[], factor: number): string {
  const { graph, block } = blocks;
  const rows = planes.map((part) =>
    reshape(blocks, part, [slicesPerPart(value.depth), value.batch * roundUp(value.channels, block)]),
  );
  const all = rows.length === 1 ? rows[0]! : graph.node('Concat', rows, { axis: 0 });
  const mean = graph.node('ReduceMean', [all], { axes: [0], keepdims: 0 });
  return factor === 1 ? mean : graph.node('Mul', [mean, graph.constant(factor)]);
}

/** Mean over space of each sample's channel: [N * C]. */
export function channelMeans(blocks: Blocks, value: BlockedValue): string {
  const { height, width } = value;
  const channels = planesPerPart(value) * roundUp(value.channels, blocks.block);
  const planes = value.parts.map((part) =>
    blocks.graph.node('GlobalAveragePool', [reshape(blocks, part, [1, channels, 1, height * width])], {}, nchwc),
  );
  return overDepth(blocks, value, planes, 1);
}

/**
 * Mean over space of a * b for each sample's channel, [N * C], in one pass: a depthwise convolution of a with b as its
 * filter, as large as the plane (a depthwise filter's blocked order is that of an activation).
 */
function channelProducts(blocks: Blocks, a: BlockedValue, b: BlockedValue): string {
  const { height, width } = a;
  const channels = planesPerPart(a) * roundUp(a.channels, blocks.block);
  const planes = a.parts.map((part, i) =>
    planeConvolution(
      blocks,
      reshape(blocks, part, [1, channels, 1, height * width]),
      reshape(blocks, b.parts[i]!, [channels, 1, 1, height * width]),
      { kernel: [1, height * width], group: channels, label: 'normProduct' },
    ),
  );
  return overDepth(blocks, a, planes, 1 / (height * width));
}

/** Per-sample, per-channel numbers [N * C] repeated for every depth slice of a part. */
function forEveryPlane(blocks: Blocks, value: BlockedValue, numbers: string): string {
  const channels = roundUp(value.channels, blocks.block);
  const slices = slicesPerPart(value.depth);
  if (slices === 1) return numbers;
  const shape = blocks.graph.constant([slices, value.batch * channels], 'int64');
  return reshape(blocks, blocks.graph.node('Expand', [numbers, shape]), [slices * value.batch * channels]);
}

/** One pass over each part with numbers per sample and channel. */
function perSampleChannel(
  blocks: Blocks,
  value: BlockedValue,
  options: Omit<NonNullable<Parameters<typeof channelwise>[4]>, 'sum'> & { weight: string; sums?: readonly string[] },
): string[] {
  const { weight, bias, sums, ...rest } = options;
  const stored = roundUp(value.channels, blocks.block);
  const planes = planesPerPart(value);
  const channels = planes * stored;
  const weights = forEveryPlane(blocks, value, weight);
  const biases = bias === undefined ? undefined : forEveryPlane(blocks, value, bias);
  const view = (x: string) => reshape(blocks, x, [1, channels, 1, value.height * value.width]);
  return value.parts.map((part, i) => {
    const y = channelwise(blocks, view(part), weights, channels, {
      ...rest,
      ...(biases ? { bias: biases } : {}),
      ...(sums ? { sum: view(sums[i]!) } : {}),
    });
    return reshape(blocks, y, [planes, stored, value.height, value.width]);
  });
}

/**
 * leakyRelu(norm(x) * gamma + beta) in one pass, after one for each of the mean and the mean of squares.
 * The variance is E[x²] - E[x]², in float32: right as long as the mean is not many hundred deviations.
 * @param gamma [C]
 * @param beta [C]
 * @param options `negativeSlope` 1: no activation
 */
export function instanceNorm(
  blocks: Blocks,
  input: BlockedValue,
  { gamma, beta }: { gamma: string; beta: string },
  options: { epsilon: number; negativeSlope: number },
): { value: BlockedValue; statistics: NormStatistics } {
  const x = thickened(blocks, input);
  const statistics = normStatistics(blocks, x, { gamma, beta }, options.epsilon);
  const parts = perSampleChannel(blocks, x, {
    weight: statistics.scale,
    bias: statistics.shift,
    ...(options.negativeSlope === 1 ? {} : { activation: { type: 'LeakyRelu', slope: options.negativeSlope } }),
    label: 'normalise',
  });
  return { value: { ...x, parts }, statistics };
}

/** @param x with channel blocks, not thin */
export function normStatistics(
  blocks: Blocks,
  x: BlockedValue,
  { gamma, beta }: { gamma: string; beta: string },
  epsilon: number,
): NormStatistics {
  const { graph, block } = blocks;
  const stored = roundUp(x.channels, block);
  const mean = channelMeans(blocks, x);
  const squares = channelProducts(blocks, x, x);
  const difference = graph.node('Sub', [squares, graph.node('Mul', [mean, mean])]);
  const variance = graph.node('Max', [difference, graph.constant(0)]);
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.constant(epsilon)])]);
  const inverse = graph.node('Div', [graph.constant(1), deviation]);
  const repeated = (parameter: string) => {
    const filled = pad(blocks, parameter, [0], [stored - x.channels]);
    if (x.batch === 1) return filled;
    const shape = graph.constant([x.batch, stored], 'int64');
    return reshape(blocks, graph.node('Expand', [filled, shape]), [x.batch * stored]);
  };
  const scale = graph.node('Mul', [repeated(gamma), inverse]);
  const shift = graph.node('Sub', [repeated(beta), graph.node('Mul', [mean, scale])]);
  return { mean, inverse, scale, shift };
}

/**
 * Gradients of `instanceNorm`. With ds = dy * slope(z), n = norm(x) and means over space:
 * dx = scale * (ds - mean(ds) - n * mean(ds * n)); dgamma, dbeta = sums over samples and space of ds * n and ds.
 * The slope is Clip(z * 1e20, slope, 1), which is faster than a comparison and a choice.
 */
export function instanceNormGradient(
  blocks: Blocks,
  inputs: { x: BlockedValue; dy: BlockedValue },
  { mean, inverse, scale, shift }: NormStatistics,
  { negativeSlope, wait }: { negativeSlope: number; wait?: string },
): { dx: BlockedValue; dgamma: string; dbeta: string } {
  const { graph, block } = blocks;
  const x = thickened(blocks, inputs.x);
  let ds = thickened(blocks, inputs.dy);
  const mul = (a: string, b: string) => graph.node('Mul', [a, b]);
  if (negativeSlope !== 1) {
    const slopes = perSampleChannel(blocks, x, {
      weight: mul(scale, graph.constant(huge)),
      bias: mul(shift, graph.constant(huge)),
      activation: { type: 'Clip', low: negativeSlope, high: 1 },
      label: 'slope',
      ...(wait ? { wait } : {}),
    });
    const dy = ds.parts;
    ds = { ...ds, parts: slopes.map((s, i) => graph.node('Mul', [s, dy[i]!], {}, { label: 'slopeTimesGradient' })) };
  }
  const meanGradient = channelMeans(blocks, ds);
  const products = channelProducts(blocks, x, ds);
  const meanProduct = mul(inverse, graph.node('Sub', [products, mul(mean, meanGradient)]));
  const ofX = graph.node('Neg', [mul(mul(scale, inverse), meanProduct)]);
  const offset = graph.node('Neg', [graph.node('Add', [mul(ofX, mean), mul(scale, meanGradient)])]);
  const sums = perSampleChannel(blocks, x, { weight: ofX, bias: offset, label: 'normGradient' });
  const parts = perSampleChannel(blocks, ds, { weight: scale, sums, label: 'normGradient' });
  const voxels = graph.constant(x.depth * x.height * x.width);
  const overSamples = (numbers: string) => {
    const rows = reshape(blocks, mul(numbers, voxels), [x.batch, roundUp(x.channels, block)]);
    const sum = x.batch === 1 ? reshape(blocks, rows, [roundUp(x.channels, block)]) : sumOverFirst(blocks, rows);
    return roundUp(x.channels, block) === x.channels ? sum : slice(blocks, sum, 0, 0, x.channels);
  };
  return { dx: { ...x, parts }, dgamma: overSamples(meanProduct), dbeta: overSamples(meanGradient) };
}

function sumOverFirst({ graph }: Blocks, rows: string): string {
  return graph.node('ReduceSum', [rows, graph.constant([0], 'int64')], { keepdims: 0 });
}

/** Sum over samples and space of each channel, [C]: the gradient of a convolution's bias. */
export function channelSums(blocks: Blocks, value: BlockedValue): string {
  const { graph, block } = blocks;
  const stored = roundUp(value.channels, block);
  const means = reshape(blocks, channelMeans(blocks, thickened(blocks, value)), [value.batch, stored]);
  const voxels = graph.constant(value.depth * value.height * value.width);
  const sums = graph.node('Mul', [sumOverFirst(blocks, means), voxels]);
  return stored === value.channels ? sums : slice(blocks, sums, 0, 0, value.channels);
}
