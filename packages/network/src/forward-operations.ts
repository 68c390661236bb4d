import type { Expression } from '@nnunet/autodiff';
import {
  add,
  averagePool,
  batchNorm,
  channelStatistics,
  concat,
  convolution,
  divide,
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
} from '@nnunet/autodiff/operators';
import { sizeOf } from '@nnunet/tensor';
import type { Block, ConvolutionLayer, NormLayer, UpLayer } from './layers.ts';
import type { NetworkDescription } from './network-description.ts';
import type { NetworkOperations } from './network-operations.ts';

/** Looks up a parameter's expression by its PyTorch name. */
export type ParameterLookup = (name: string) => Expression;

/** Statistics of a batch norm in training: mean and population variance per channel, over `count` voxels each. */
export interface BatchStatistics {
  norm: NormLayer;
  /** Name of the preceding convolution's bias, which is not included in the mean. */
  bias: string | undefined;
  mean: Expression;
  variance: Expression;
  count: number;
}

/** A U-Net as differentiable expressions. */
export class ForwardOperations implements NetworkOperations<Expression> {
  readonly #description: NetworkDescription;
  readonly #parameter: ParameterLookup;
  readonly #onBatchStatistics: ((statistics: BatchStatistics) => void) | undefined;

  /**
   * @param onBatchStatistics if given, batch norms use the statistics of the batch, and it is called for each;
   * otherwise they use their running statistics
   */
  constructor(
    description: NetworkDescription,
    parameter: ParameterLookup,
    onBatchStatistics?: (statistics: BatchStatistics) => void,
  ) {
    this.#description = description;
    this.#parameter = parameter;
    this.#onBatchStatistics = onBatchStatistics;
  }

  block(x: Expression, { convolution: layer, norm, activated }: Block): Expression {
    const { nonlinearityFirst = false } = this.#description;
    if (norm === undefined) {
      const y = this.#convolve(x, layer, layer.bias);
      return activated ? this.nonlinearity(y) : y;
    }
    if (activated && nonlinearityFirst) {
      return this.#normalise(this.nonlinearity(this.#convolve(x, layer, layer.bias)), norm, undefined);
    }
    if (this.#description.norm === 'batch' && this.#onBatchStatistics === undefined) {
      const y = this.#convolveAndNorm(x, layer, norm);
      return activated ? this.nonlinearity(y) : y;
    }
    // These norms subtract the mean, and with it the preceding bias.
    const centred = this.#description.norm === 'instance' || this.#description.norm === 'batch';
    const y = this.#convolve(x, layer, layer.bias && !centred);
    const bias = layer.bias ? `${layer.name}.bias` : undefined;
    return activated ? this.#normaliseAndActivate(y, norm, bias) : this.#normalise(y, norm, bias);
  }

  nonlinearity(x: Expression): Expression {
    const { nonlinearity = 'leakyRelu', negativeSlope } = this.#description;
    switch (nonlinearity) {
      case 'none':
        return x;
      case 'leakyRelu':
        return leakyRelu(x, negativeSlope);
      case 'gelu':
        return gelu(x);
      case 'mish':
        return mish(x);
    }
  }

  up(x: Expression, { name, bias }: UpLayer): Expression {
    const y = transposedConvolution(x, this.#parameter(`${name}.weight`));
    return bias ? add(y, perChannel(this.#parameter(`${name}.bias`), y.shape.length)) : y;
  }

  head(x: Expression, layer: ConvolutionLayer): Expression {
    return this.#convolve(x, layer, layer.bias);
  }

  averagePool(x: Expression, kernel: readonly number[]): Expression {
    return averagePool(x, kernel);
  }

  concat(a: Expression, b: Expression): Expression {
    return concat([a, b], 1);
  }

  add(a: Expression, b: Expression): Expression {
    return add(a, b);
  }

  #convolve(x: Expression, layer: ConvolutionLayer, bias: boolean): Expression {
    const weights = this.#parameter(`${layer.name}.weight`);
    return convolution(x, weights, bias ? this.#parameter(`${layer.name}.bias`) : undefined, options(layer));
  }

  /** Merges a batch norm that uses running statistics into the preceding convolution. */
  #convolveAndNorm(x: Expression, layer: ConvolutionLayer, norm: NormLayer): Expression {
    const { scale, shift } = this.#runningScale(norm, layer.bias ? this.#parameter(`${layer.name}.bias`) : undefined);
    const weights = this.#parameter(`${layer.name}.weight`);
    const scaled = multiply(weights, reshape(scale, [layer.outputs, ...weights.shape.slice(1).map(() => 1)]));
    return convolution(x, scaled, shift, options(layer));
  }

  #runningScale({ name }: NormLayer, bias?: Expression): { scale: Expression; shift: Expression } {
    const deviation = sqrt(add(this.#parameter(`${name}.running_var`), this.#description.normEpsilon));
    const scale = divide(this.#parameter(`${name}.weight`), deviation);
    const mean = this.#parameter(`${name}.running_mean`);
    const below = bias === undefined ? mean : subtract(mean, bias);
    return { scale, shift: subtract(this.#parameter(`${name}.bias`), multiply(below, scale)) };
  }

  #normaliseAndActivate(x: Expression, norm: NormLayer, bias: string | undefined): Expression {
    const { nonlinearity = 'leakyRelu', negativeSlope } = this.#description;
    // The operators of norms include a leaky ReLU.
    if (nonlinearity === 'leakyRelu') return this.#normalise(x, norm, bias, negativeSlope);
    return this.nonlinearity(this.#normalise(x, norm, bias));
  }

  /**
   * @param bias name of the preceding convolution's bias
   * @param slope of the leaky ReLU that follows; 1 if there is none
   */
  #normalise(x: Expression, norm: NormLayer, bias: string | undefined, slope = 1): Expression {
    const { norm: kind, normEpsilon: epsilon, normGroups: groups = 8 } = this.#description;
    const [gamma, beta] = [this.#parameter(`${norm.name}.weight`), this.#parameter(`${norm.name}.bias`)];
    const after = (y: Expression) => (slope === 1 ? y : leakyRelu(y, slope));
    switch (kind) {
      case 'group':
        return after(groupNorm(x, gamma, beta, { groups, epsilon }));
      case 'filterResponse':
        return after(filterResponseNorm(x, { gamma, beta, tau: this.#parameter(`${norm.name}.tau`) }, { epsilon }));
      case 'batch': {
        if (this.#onBatchStatistics !== undefined) {
          const count = sizeOf(x.shape) / x.shape[1]!;
          this.#onBatchStatistics({ norm, bias, ...channelStatistics(x), count });
          return batchNorm(x, gamma, beta, { epsilon, negativeSlope: slope });
        }
        const { scale, shift } = this.#runningScale(norm);
        const rank = x.shape.length;
        return after(add(multiply(x, perChannel(scale, rank)), perChannel(shift, rank)));
      }
      default:
        return instanceNorm(x, gamma, beta, { epsilon, negativeSlope: slope });
    }
  }
}

function options({ kernel, stride }: ConvolutionLayer) {
  return { stride, padding: kernel.map((k) => (k - 1) / 2) };
}
