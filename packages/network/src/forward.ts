import {
  add,
  averagePool,
  batchNorm,
  channelStatistics,
  concat,
  convolution,
  divide,
  type Expression,
  filterResponseNorm,
  gelu,
  groupNorm,
  instanceNorm,
  leakyRelu,
  mish,
  multiply,
  perChannel,
  reshape,
  sqrt,
  subtract,
  transposedConvolution,
} from '@nnunet/autodiff';
import type { Block, ConvolutionLayer, NormLayer } from './layers.ts';
import type { NetworkDescription } from './network-description.ts';
import { networkLayers } from './network-layers.ts';
import { computeUNet, type NetworkOperations } from './network-operations.ts';

/** Looks up a parameter's expression by its PyTorch name. */
export type ParameterLookup = (name: string) => Expression;

/** What a batch norm sees in training: mean and population variance per channel, over `count` voxels of each. */
export interface BatchStatistics {
  norm: NormLayer;
  /** Name of the bias of the convolution before, which is not part of the mean. */
  bias: string | undefined;
  mean: Expression;
  variance: Expression;
  count: number;
}

export interface ForwardOptions {
  /** Called for each batch norm: it then uses the statistics of the batch. If not given: its running ones. */
  onBatchStatistics?: (statistics: BatchStatistics) => void;
}

/**
 * The network as expressions.
 * @param x (samples, channels, …spatial), sizes divisible by the product of the pools
 * @param parameter only those that the outputs depend on are asked for: not the biases before an instance norm (or a batch
 *   norm in training), which takes them away again
 * @returns logits (samples, classes, …spatial), full resolution first; one per pool with deep supervision, else one
 */
export function buildForward(
  description: NetworkDescription,
  x: Expression,
  parameter: ParameterLookup,
  { onBatchStatistics }: ForwardOptions = {},
): Expression[] {
  const { norm: kind, normEpsilon: epsilon, negativeSlope, nonlinearityFirst = false } = description;
  const { nonlinearity: name = 'leakyRelu', deepSupervision } = description;

  const nonlinearity = (value: Expression): Expression => {
    if (name === 'none') return value;
    if (name === 'leakyRelu') return leakyRelu(value, negativeSlope);
    return name === 'gelu' ? gelu(value) : mish(value);
  };

  const convolve = (value: Expression, { name, kernel, stride }: ConvolutionLayer, bias: boolean): Expression => {
    const padding = kernel.map((k) => (k - 1) / 2);
    const weights = parameter(`${name}.weight`);
    return convolution(value, weights, bias ? parameter(`${name}.bias`) : undefined, { stride, padding });
  };

  /** A batch norm that uses running statistics, as part of the convolution before it. */
  const folded = (value: Expression, { convolution: layer, norm }: Block & { norm: NormLayer }): Expression => {
    const { scale, shift } = runningScale(norm, layer.bias ? parameter(`${layer.name}.bias`) : undefined);
    const weights = parameter(`${layer.name}.weight`);
    const scaled = multiply(weights, reshape(scale, [layer.outputs, ...weights.shape.slice(1).map(() => 1)]));
    const padding = layer.kernel.map((k) => (k - 1) / 2);
    return convolution(value, scaled, shift, { stride: layer.stride, padding });
  };

  const runningScale = (norm: NormLayer, bias?: Expression) => {
    const scale = divide(parameter(`${norm.name}.weight`), sqrt(add(parameter(`${norm.name}.running_var`), epsilon)));
    const mean = parameter(`${norm.name}.running_mean`);
    const below = bias === undefined ? mean : subtract(mean, bias);
    return { scale, shift: subtract(parameter(`${norm.name}.bias`), multiply(below, scale)) };
  };

  /** @param slope of a leaky ReLU that follows; 1 where none does */
  const normalise = (value: Expression, norm: NormLayer, slope: number): Expression => {
    const [gamma, beta] = [parameter(`${norm.name}.weight`), parameter(`${norm.name}.bias`)];
    const after = (y: Expression) => (slope === 1 ? y : leakyRelu(y, slope));
    switch (kind) {
      case 'group':
        return after(groupNorm(value, gamma, beta, { groups: description.normGroups ?? 8, epsilon }));
      case 'filterResponse':
        return after(filterResponseNorm(value, { gamma, beta, tau: parameter(`${norm.name}.tau`) }, { epsilon }));
      case 'batch': {
        if (onBatchStatistics !== undefined) return batchNorm(value, gamma, beta, { epsilon, negativeSlope: slope });
        const { scale, shift } = runningScale(norm);
        const rank = value.shape.length;
        return after(add(multiply(value, perChannel(scale, rank)), perChannel(shift, rank)));
      }
      default:
        return instanceNorm(value, gamma, beta, { epsilon, negativeSlope: slope });
    }
  };

  const noteStatistics = (value: Expression, norm: NormLayer, bias: string | undefined) => {
    if (kind !== 'batch' || onBatchStatistics === undefined) return;
    const [samples, , ...size] = value.shape;
    onBatchStatistics({ norm, bias, ...channelStatistics(value), count: size.reduce((a, b) => a * b, samples) });
  };

  const block = (value: Expression, own: Block): Expression => {
    const { convolution: layer, norm, activated } = own;
    if (norm === undefined) {
      const y = convolve(value, layer, layer.bias);
      return activated ? nonlinearity(y) : y;
    }
    const late = activated && !nonlinearityFirst;
    if (activated && nonlinearityFirst) {
      const y = nonlinearity(convolve(value, layer, layer.bias));
      noteStatistics(y, norm, undefined);
      return normalise(y, norm, 1);
    }
    if (kind === 'batch' && onBatchStatistics === undefined) {
      const y = folded(value, { ...own, norm });
      return late ? nonlinearity(y) : y;
    }
    const withoutBias = kind === 'instance' || kind === 'batch';
    const y = convolve(value, layer, layer.bias && !withoutBias);
    noteStatistics(y, norm, layer.bias ? `${layer.name}.bias` : undefined);
    if (late && name === 'leakyRelu') return normalise(y, norm, negativeSlope);
    const normed = normalise(y, norm, 1);
    return late ? nonlinearity(normed) : normed;
  };

  const operations = {
    block,
    nonlinearity,
    up: (value: Expression, { name, bias }: { name: string; bias: boolean }) => {
      const y = transposedConvolution(value, parameter(`${name}.weight`));
      return bias ? add(y, perChannel(parameter(`${name}.bias`), y.shape.length)) : y;
    },
    head: (value: Expression, layer: ConvolutionLayer) => convolve(value, layer, layer.bias),
    averagePool,
    concat: (a: Expression, b: Expression) => concat([a, b], 1),
    add,
  } satisfies NetworkOperations<Expression>;
  return computeUNet<Expression>(networkLayers(description), operations, { x, deepSupervision });
}

/** Adds several expressions. */
export function total(list: readonly Expression[]): Expression {
  return list.reduce((a, b) => add(a, b));
}
