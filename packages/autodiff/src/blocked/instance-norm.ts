import type { Blocks } from './blocks.ts';
import { channelMeans, channelProducts, overSamples } from './channel-sums.ts';
import { type BlockedValue, planesPerPart, roundUp, slicesPerPart, thickened } from './layout.ts';
import { channelwise } from './plane-convolution.ts';

/** Values that the gradient reuses; each [N * C] with padded channels, except `anyFar`. */
export interface NormStatistics {
  readonly mean: string;
  /** Channels whose mean is many standard deviations from zero, so that sums of squares and products lose precision. */
  readonly far: string;
  /** Whether there is any such channel. */
  readonly anyFar: string;
  /** 1 / sqrt(variance + epsilon) */
  readonly inverse: string;
  /** z = x * scale + shift, before the activation */
  readonly scale: string;
  readonly shift: string;
}

/** Scales any z of ordinary size beyond [slope, 1]. */
const huge = 1e20;

/** Repeats per-sample, per-channel numbers [N * C] for every depth slice of a part. */
function forEveryPlane(blocks: Blocks, value: BlockedValue, numbers: string): string {
  const channels = roundUp(value.channels, blocks.block);
  const slices = slicesPerPart(value.depth);
  if (slices === 1) return numbers;
  const shape = blocks.graph.constant([slices, value.batch * channels], 'int64');
  return blocks.reshape(blocks.graph.node('Expand', [numbers, shape]), [slices * value.batch * channels]);
}

/** Applies per-sample, per-channel numbers [N * C] (padded) to each part in one pass. */
export function perSampleChannel(
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
  const view = (x: string) => blocks.reshape(x, [1, channels, 1, value.height * value.width]);
  return value.parts.map((part, i) => {
    const y = channelwise(blocks, view(part), weights, channels, {
      ...rest,
      ...(biases ? { bias: biases } : {}),
      ...(sums ? { sum: view(sums[i]!) } : {}),
    });
    return blocks.reshape(y, [planes, stored, value.height, value.width]);
  });
}

/** A mean counts as far from zero if its square exceeds this many variances. */
const farthest = 64;

/** Subtracts a number per sample and channel from x. */
function centred(blocks: Blocks, x: BlockedValue, mean: string): BlockedValue {
  const { graph } = blocks;
  const one = graph.node('Expand', [graph.constant([1]), graph.node('Shape', [mean])]);
  const parts = perSampleChannel(blocks, x, { weight: one, bias: graph.node('Neg', [mean]), label: 'centre' });
  return { ...x, parts };
}

/**
 * leakyRelu(norm(x) * gamma + beta) in one pass, after one pass each for the mean and the variance.
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

/**
 * Computes the variance as E[x²] - E[x]² in float32, which is accurate unless the mean is many standard deviations from
 * zero. In that case, x is first centred by the mean and both moments are computed again, in a branch of the graph that
 * costs other batches nothing. The result for a channel depends only on that channel of that sample.
 * @param x in channel blocks, not thin
 */
export function normStatistics(
  blocks: Blocks,
  x: BlockedValue,
  { gamma, beta }: { gamma: string; beta: string },
  epsilon: number,
): NormStatistics {
  const { graph, block } = blocks;
  const stored = roundUp(x.channels, block);
  const numbers = { shape: [x.batch * stored] };
  const pilot = channelMeans(blocks, x);
  const square = (value: string) => graph.node('Mul', [value, value]);
  const varianceOf = (squares: string, mean: string) =>
    graph.node('Max', [graph.node('Sub', [squares, square(mean)]), graph.constant(0)]);
  const direct = varianceOf(channelProducts(blocks, x, x), pilot);
  const limit = graph.node('Mul', [graph.node('Add', [direct, graph.constant(epsilon)]), graph.constant(farthest)]);
  const far = graph.node('Greater', [square(pilot), limit]);
  const count = graph.node('ReduceMax', [graph.cast(far, 'int32')], { keepdims: 0 });
  const anyFar = graph.cast(count, 'bool');
  const [offset, variance] = graph.either(anyFar, [numbers, numbers], {
    yes: () => {
      const around = centred(blocks, x, pilot);
      const mean = channelMeans(blocks, around);
      const again = varianceOf(channelProducts(blocks, around, around), mean);
      return [graph.node('Where', [far, mean, graph.constant(0)]), graph.node('Where', [far, again, direct])];
    },
    no: () => [graph.node('Mul', [pilot, graph.constant(0)]), direct],
  }) as [string, string];
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.constant(epsilon)])]);
  const inverse = graph.node('Div', [graph.constant(1), deviation]);
  const repeated = (parameter: string) => {
    const filled = blocks.pad(parameter, [0], [stored - x.channels]);
    if (x.batch === 1) return filled;
    const shape = graph.constant([x.batch, stored], 'int64');
    return blocks.reshape(graph.node('Expand', [filled, shape]), [x.batch * stored]);
  };
  const scale = graph.node('Mul', [repeated(gamma), inverse]);
  // With a far mean, a float32 product mean * scale would round away digits that the shift needs.
  const double = (value: string) => graph.cast(value, 'float64');
  const mean = graph.node('Add', [double(pilot), double(offset)]);
  const shift = graph.node('Sub', [double(repeated(beta)), graph.node('Mul', [mean, double(scale)])]);
  const single = (value: string) => graph.cast(value, 'float32');
  return { mean: single(mean), far, anyFar, inverse, scale, shift: single(shift) };
}

/**
 * Gradients of `instanceNorm`. With ds = dy * slope(z), n = norm(x) and means over space: dx = scale * (ds - mean(ds) -
 * n * mean(ds * n)); dgamma, dbeta = sums of ds * n and ds over samples and space. The slope is Clip(z * 1e20, slope,
 * 1), which is faster than a comparison and a selection.
 */
export function instanceNormGradient(
  blocks: Blocks,
  inputs: { x: BlockedValue; dy: BlockedValue },
  { mean, far, anyFar, inverse, scale, shift }: NormStatistics,
  { negativeSlope, wait }: { negativeSlope: number; wait?: string },
): { dx: BlockedValue; dgamma: string; dbeta: string } {
  const { graph } = blocks;
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
  const direct = () => graph.node('Sub', [channelProducts(blocks, x, ds), mul(mean, meanGradient)]);
  const [products] = graph.either(anyFar, [{ shape: [x.batch * roundUp(x.channels, blocks.block)] }], {
    yes: () => [graph.node('Where', [far, channelProducts(blocks, centred(blocks, x, mean), ds), direct()])],
    no: () => [direct()],
  }) as [string];
  const meanProduct = mul(inverse, products);
  const ofX = graph.node('Neg', [mul(mul(scale, inverse), meanProduct)]);
  const offset = graph.node('Neg', [graph.node('Add', [mul(ofX, mean), mul(scale, meanGradient)])]);
  const sums = perSampleChannel(blocks, x, { weight: ofX, bias: offset, label: 'normGradient' });
  const parts = perSampleChannel(blocks, ds, { weight: scale, sums, label: 'normGradient' });
  const voxels = graph.constant(x.depth * x.height * x.width);
  const total = (numbers: string) => overSamples(blocks, x, mul(numbers, voxels));
  return { dx: { ...x, parts }, dgamma: total(meanProduct), dbeta: total(meanGradient) };
}
