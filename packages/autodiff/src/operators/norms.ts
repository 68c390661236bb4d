import { sizeOf } from '@nnunet/tensor';
import { checkShapes, type Expression } from '../expression.ts';
import { mean } from './averages.ts';
import { axesOf } from './axes.ts';
import { add, divide, maximum, multiply, sqrt, square, subtract } from './elementwise.ts';
import { instanceNorm } from './instance-norm.ts';
import { reshape, transpose } from './layout.ts';
import { constant } from './source.ts';

/** Reshapes a parameter per channel for broadcasting over samples and space. */
export function perChannel(parameter: Expression, rank: number): Expression {
  return reshape(parameter, [1, sizeOf(parameter.shape), ...new Array<number>(rank - 2).fill(1)]);
}

/** Throws unless x has channels and spatial axes, and each parameter has one number per channel. */
function checkChannels(op: string, x: Expression, parameters: readonly Expression[]): void {
  const fits = (e: Expression) => sizeOf(e.shape) === x.shape[1];
  checkShapes(x.shape.length >= 3 && parameters.every(fits), op, [x, ...parameters]);
}

/** All axes except the channels. */
const otherAxes = (x: Expression) => x.shape.map((_, i) => i).filter((i) => i !== 1);

/**
 * leakyRelu(norm(x) * gamma + beta). Normalises each channel over samples and space with the population variance, i.e.
 * an instance norm of a single sample. Ioffe and Szegedy 2015.
 * @param x (N, C, …spatial)
 * @param gamma (C)
 * @param beta (C)
 * @param options see `instanceNorm`
 */
export function batchNorm(
  x: Expression,
  gamma: Expression,
  beta: Expression,
  options: Parameters<typeof instanceNorm>[3] = {},
): Expression {
  checkChannels('batchNorm', x, [gamma, beta]);
  const [samples, channels, first, ...rest] = x.shape as [number, number, number, ...number[]];
  if (samples === 1) return instanceNorm(x, gamma, beta, options);
  const swap = [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)];
  const one = reshape(transpose(x, swap), [1, channels, samples * first, ...rest]);
  const y = instanceNorm(one, gamma, beta, options);
  return transpose(reshape(y, [channels, samples, first, ...rest]), swap);
}

/** Mean and population variance of each channel over samples and space, each (C). */
export function channelStatistics(x: Expression): { mean: Expression; variance: Expression } {
  checkChannels('channelStatistics', x, []);
  const average = mean(x, otherAxes(x));
  const centred = subtract(x, perChannel(average, x.shape.length));
  return { mean: average, variance: mean(square(centred), otherAxes(x)) };
}

/**
 * norm(x) * gamma + beta. Normalises groups of each sample's channels with the population variance, over the group's
 * channels and space. Wu and He 2018.
 * @param x (N, C, …spatial), C divisible by `groups`
 * @param gamma (C)
 * @param beta (C)
 */
export function groupNorm(
  x: Expression,
  gamma: Expression,
  beta: Expression,
  { groups, epsilon = 1e-5 }: { groups: number; epsilon?: number },
): Expression {
  const [samples, channels, first, ...rest] = x.shape as [number, number, number, ...number[]];
  checkChannels('groupNorm', x, [gamma, beta]);
  checkShapes(channels % groups === 0, 'groupNorm', [x], `in ${groups} groups`);
  if (groups === channels) return instanceNorm(x, gamma, beta, { epsilon });
  const list = (value: number) => constant({ data: new Float32Array(groups).fill(value), shape: [groups] });
  const grouped = reshape(x, [samples, groups, (channels / groups) * first, ...rest]);
  const normed = reshape(instanceNorm(grouped, list(1), list(0), { epsilon }), x.shape);
  const rank = x.shape.length;
  return add(multiply(normed, perChannel(gamma, rank)), perChannel(beta, rank));
}

/**
 * (x - mean) / sqrt(variance + epsilon) * gamma + beta, with the mean and the population variance over some axes of each
 * element of the others. Ba et al. 2016.
 * @param x any shape; tokens (N, tokens, C), say
 * @param gamma lengths of the axes, in their order
 * @param beta as gamma
 * @param options `axes`: default the last one; 1 for the channels of (N, C, …spatial)
 */
export function layerNorm(
  x: Expression,
  gamma: Expression,
  beta: Expression,
  { axes = [-1], epsilon = 1e-5 }: { axes?: readonly number[]; epsilon?: number } = {},
): Expression {
  const list = axesOf('layerNorm', x, axes).sort((a, b) => a - b);
  const lengths = list.map((axis) => x.shape[axis]!);
  const fits = [gamma, beta].every((e) => e.shape.join() === lengths.join());
  checkShapes(fits, 'layerNorm', [x, gamma, beta], `over axes ${axes.join(', ')}`);
  const shape = x.shape.map((n, i) => (list.includes(i) ? n : 1));
  const centred = subtract(x, mean(x, list, true));
  const deviation = sqrt(add(mean(square(centred), list, true), epsilon));
  return add(multiply(divide(centred, deviation), reshape(gamma, shape)), reshape(beta, shape));
}

/**
 * Filter response norm with its threshold: max(x / sqrt(mean(x²) + epsilon) * gamma + beta, tau), with the mean over
 * space. Singh and Krishnan 2019.
 * @param x (N, C, …spatial); gamma, beta and tau have C elements
 */
export function filterResponseNorm(
  x: Expression,
  parameters: { gamma: Expression; beta: Expression; tau: Expression },
  { epsilon = 1e-6 }: { epsilon?: number } = {},
): Expression {
  const rank = x.shape.length;
  const axes = x.shape.slice(2).map((_, i) => i + 2);
  const { gamma, beta, tau } = parameters;
  checkChannels('filterResponseNorm', x, [gamma, beta, tau]);
  const normed = divide(x, sqrt(add(mean(square(x), axes, true), epsilon)));
  return maximum(add(multiply(normed, perChannel(gamma, rank)), perChannel(beta, rank)), perChannel(tau, rank));
}
