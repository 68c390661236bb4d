import type { OnnxGraph } from '../onnx/onnx-graph.ts';
import type { CodedValue, Coding } from './codes.ts';
import { planeConvolution } from './convolution.ts';

/** Weight of the affine map, so that its bias is exact to 1/64 of a code. */
const unit = 64;

/** Limit of the bias, within int32. */
const farthest = 2 ** 30;

/** A scale below this counts as this: what it scales is less than a code. */
const leastGamma = 1e-4;

/** The two signs of a leaky ReLU's result, which is their difference. */
export interface SignedCodes {
  positive: CodedValue;
  /** Only if asked for. */
  negative: CodedValue | undefined;
}

/**
 * leakyRelu(norm(x) * gamma + beta). Mean and variance are those of the codes; the affine map to the codes of the result
 * is a depthwise convolution, whose factors and bias are computed while the graph runs. Codes below zero become zero,
 * which is the ReLU; a second map of the opposite sign gives the negative values.
 * @param options `gamma`, `beta`: of each channel; `positive`, `negative`: codings of the results, whose zero is 0
 */
export function integerNorm(
  graph: OnnxGraph,
  x: CodedValue,
  options: {
    gamma: Float64Array;
    beta: Float64Array;
    epsilon: number;
    slope: number;
    positive: Coding;
    negative: Coding | undefined;
  },
): SignedCodes {
  const { gamma, beta, epsilon, slope, positive, negative } = options;
  const { mean, variance } = statistics(graph, x);
  const list = (value: (c: number) => number) => graph.constant(Array.from(x.scales, (_, c) => value(c)));
  const scale = (c: number) => {
    const value = gamma[c]!;
    return Math.abs(value) < leastGamma ? leastGamma : value;
  };
  const safe = graph.node('Add', [variance, list((c) => epsilon / x.scales[c]! ** 2)]);
  const deviation = graph.node('Sqrt', [safe]);
  const shift = graph.node('Mul', [deviation, list((c) => (unit * beta[c]!) / scale(c))]);
  const exact = graph.node('Sub', [shift, graph.node('Mul', [mean, graph.constant(unit)])]);
  const limited = graph.node('Clip', [exact, graph.constant(-farthest), graph.constant(farthest)]);
  const bias = graph.cast(graph.node('Round', [limited]), 'int32');
  const channels = x.scales.length;
  const affine = (coding: Coding, factor: number): CodedValue => {
    const name = planeConvolution(graph, x.name, {
      zero: x.zero,
      weights: graph.constant(new Array<number>(channels).fill(unit), 'int8', [channels, 1, 1, 1]),
      outputs: channels,
      factors: graph.node('Div', [list((c) => (factor * scale(c)) / coding.scales[c]! / unit), deviation]),
      bias,
      resultZero: coding.zero,
      attributes: { kernel_shape: [1, 1], group: channels },
    });
    return { name, size: x.size, ...coding };
  };
  return { positive: affine(positive, 1), negative: negative && affine(negative, -slope) };
}

/**
 * Step of the squares of the codes, so that they are codes as well. Their mean is off by at most 5 for a normal
 * distribution of any width; the square of a usual width, a sixteenth of the range, is 256.
 */
const squareStep = 64;

/** A smaller variance counts as this: fewer than three codes are too coarse to be told apart. */
const leastVariance = 8;

/** Mean and variance of each channel, in codes from zero. */
function statistics(graph: OnnxGraph, { name, zero, size, scales }: CodedValue): { mean: string; variance: string } {
  const [depth, height, width] = size;
  const code = (n: number) => graph.constant(n, 'uint8');
  const ones = graph.node('Expand', [code(1), graph.constant([1, height * width], 'int64')]);
  // Products with ones are the fastest sums over the voxels of a plane, exact and in parallel over the planes.
  const mean = (codes: string, step: number) => {
    const planes = graph.node('Reshape', [codes, graph.constant([depth, height * width, scales.length], 'int64')]);
    const sums = graph.cast(graph.node('MatMulInteger', [ones, planes]), 'float32');
    const total = graph.node('ReduceSum', [sums, graph.constant([0, 1], 'int64')], { keepdims: 0 });
    return graph.node('Mul', [total, graph.constant(step / (depth * height * width))]);
  };
  const factor = [name, graph.constant(1), code(zero)];
  const result = [graph.constant(squareStep), code(0)];
  const squares = graph.node('QLinearMul', [...factor, ...factor, ...result], {}, { domain: 'com.microsoft' });
  const average = graph.node('Sub', [mean(name, 1), graph.constant(zero)]);
  const variance = graph.node('Sub', [mean(squares, squareStep), graph.node('Mul', [average, average])]);
  return { mean: average, variance: graph.node('Max', [variance, graph.constant(leastVariance)]) };
}
