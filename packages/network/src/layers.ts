import type { Expression } from '@nnunet/autodiff';
import {
  add,
  batchNorm,
  channelStatistics,
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
import { type NetworkParameter, type ParameterStart, requireParameter } from './network-parameter.ts';
import type { NetworkSettings, NormKind } from './network-settings.ts';

/** Statistics of a batch norm in training: mean and population variance per channel, over `count` voxels each. */
export interface BatchStatistics {
  /** Name of the norm. */
  norm: string;
  /** Name of the preceding convolution's bias, which is not included in the mean. */
  bias?: string;
  mean: Expression;
  variance: Expression;
  count: number;
}

/** What layers are made in: where their parameters are, and whether they train. */
export interface LayerContext {
  /** Called for each parameter, also those that nothing depends on. */
  declare?(parameter: NetworkParameter): void;
  /** Returns the expression of a declared parameter. */
  parameter(name: string, shape: readonly number[]): Expression;
  /** Receives the statistics of batch norms, which then use them; without it, they use their running statistics. */
  onBatchStatistics?: ((statistics: BatchStatistics) => void) | undefined;
  /** Returns the factors of a dropout, (samples, channels); without it, nothing is dropped. */
  mask?: ((probability: number, shape: [samples: number, channels: number]) => Expression) | undefined;
}

/** One number for all spatial axes, or one for each. */
type PerAxis = number | readonly number[];

export interface ConvolutionOptions {
  /** The parameters are `name.weight` (outputs, inputs / groups, …kernel) and `name.bias`. */
  name: string;
  /** Output channels. */
  outputs: number;
  /** Odd. Default: 1. */
  kernel?: PerAxis;
  /** Default: 1. */
  stride?: PerAxis;
  /** Default: 1. */
  groups?: number;
  /** Default: true. */
  bias?: boolean;
}

export interface BlockOptions extends Omit<ConvolutionOptions, 'name'> {
  /** The convolution is called `name.conv`, the norm `name.norm`, unless both are named. */
  name: string | { convolution: string; norm: string };
  /** Default: the settings' `convolutionBias`. */
  bias?: boolean;
  /** Whether a nonlinearity follows. Default: true. */
  activated?: boolean;
  /** Initial value of the norm's scale. Default: 1. */
  scale?: number;
}

/** Makes the layers of a network with their parameters. */
export class Layers {
  readonly #settings: NetworkSettings;
  readonly #context: LayerContext;

  constructor(settings: NetworkSettings, context: LayerContext) {
    this.#settings = settings;
    this.#context = context;
  }

  /**
   * Returns a parameter; the same one for the same name.
   *
   * @param start value at the start of a training
   */
  parameter(name: string, shape: readonly number[], start: ParameterStart): Expression {
    this.#declare({ name, shape: [...shape], start });
    return this.#context.parameter(name, shape);
  }

  /** Convolution whose padding preserves the size, divided by the stride. */
  convolution(x: Expression, { name, ...options }: ConvolutionOptions): Expression {
    const { bias = true } = options;
    const { shape, geometry } = this.#declareConvolution(x, name, { ...options, bias });
    return this.#convolve(x, name, shape, bias, geometry);
  }

  /** Transposed convolution for upsampling: stride = kernel, weights (inputs, outputs, …kernel). Default bias: false. */
  up(
    x: Expression,
    { name, outputs, kernel, bias = false }: { name: string; outputs: number; kernel: PerAxis; bias?: boolean },
  ): Expression {
    const shape = [x.shape[1]!, outputs, ...this.#perAxis(kernel)];
    this.#declare({ name: `${name}.weight`, shape, start: this.#he() });
    if (bias) this.#declare({ name: `${name}.bias`, shape: [outputs], start: 0 });
    const y = transposedConvolution(x, this.#context.parameter(`${name}.weight`, shape));
    return bias ? add(y, perChannel(this.#context.parameter(`${name}.bias`, [outputs]), y.shape.length)) : y;
  }

  /** Norm of the settings, or of another kind. */
  norm(x: Expression, name: string, kind: NormKind = this.#settings.norm): Expression {
    this.#declareNorm(name, x.shape[1]!, kind, 1);
    return this.#normalise(x, { name, kind });
  }

  /** The nonlinearity of the settings. */
  nonlinearity(x: Expression): Expression {
    const { nonlinearity = 'leakyRelu', negativeSlope } = this.#settings;
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

  /** Convolution, norm and nonlinearity of the settings. Default kernel: 3. */
  block(x: Expression, { name, activated = true, scale = 1, ...options }: BlockOptions): Expression {
    const { nonlinearityFirst = false, norm: kind, convolutionBias } = this.#settings;
    const own = typeof name === 'string' ? { convolution: `${name}.conv`, norm: `${name}.norm` } : name;
    const { outputs, kernel = 3, bias = convolutionBias } = options;
    // These norms subtract the mean, and with it the preceding bias.
    const centred = (kind === 'instance' || kind === 'batch') && !(activated && nonlinearityFirst);
    const { shape, geometry } = this.#declareConvolution(x, own.convolution, { ...options, kernel, bias }, centred);
    const convolve = (withBias: boolean) => this.#convolve(x, own.convolution, shape, withBias, geometry);
    if (kind === 'none') return activated ? this.nonlinearity(convolve(bias)) : convolve(bias);
    this.#declareNorm(own.norm, outputs, kind, scale);
    if (activated && nonlinearityFirst) {
      return this.#normalise(this.nonlinearity(convolve(bias)), { name: own.norm, kind });
    }
    const biasName = bias ? `${own.convolution}.bias` : undefined;
    if (kind === 'batch' && this.#context.onBatchStatistics === undefined) {
      // A batch norm that uses running statistics is merged into the preceding convolution.
      const merged = this.#runningScale(own.norm, outputs, biasName);
      const weights = this.#context.parameter(`${own.convolution}.weight`, shape);
      const scaled = multiply(weights, reshape(merged.scale, [outputs, ...shape.slice(1).map(() => 1)]));
      const y = convolution(x, scaled, merged.shift, geometry);
      return activated ? this.nonlinearity(y) : y;
    }
    const layer = { name: own.norm, kind, bias: biasName };
    const y = convolve(bias && !centred);
    if (!activated) return this.#normalise(y, layer);
    const { nonlinearity = 'leakyRelu', negativeSlope } = this.#settings;
    // The operators of norms include a leaky ReLU.
    if (nonlinearity === 'leakyRelu') return this.#normalise(y, layer, negativeSlope);
    return this.nonlinearity(this.#normalise(y, layer));
  }

  /**
   * Dropout of whole channels, in training: each is zero with this probability, and the others are divided by one minus
   * the probability.
   */
  dropout(x: Expression, probability: number): Expression {
    if (!(probability >= 0 && probability < 1)) throw new RangeError(`a dropout with probability ${probability}`);
    if (probability === 0 || this.#context.mask === undefined) return x;
    const [samples, channels, ...size] = x.shape as [number, number, ...number[]];
    const mask = this.#context.mask(probability, [samples, channels]);
    return multiply(x, reshape(mask, [samples, channels, ...size.map(() => 1)]));
  }

  #declare(parameter: NetworkParameter): void {
    requireParameter(parameter);
    this.#context.declare?.(parameter);
  }

  #declareConvolution(
    x: Expression,
    name: string,
    { outputs, kernel = 1, stride = 1, groups = 1, bias }: Omit<ConvolutionOptions, 'name'>,
    cancelsBias = false,
  ) {
    const sizes = this.#perAxis(kernel);
    if (sizes.some((k) => k % 2 !== 1))
      throw new RangeError(`${name} has the kernel ${sizes.join('x')}: odd sizes expected`);
    const shape = [outputs, x.shape[1]! / groups, ...sizes];
    this.#declare({ name: `${name}.weight`, shape, start: this.#he() });
    const cancelled = cancelsBias ? ({ cancelled: true } as const) : {};
    if (bias) this.#declare({ name: `${name}.bias`, shape: [outputs], start: 0, ...cancelled });
    const padding = sizes.map((k) => (k - 1) / 2);
    const grouped = groups === 1 ? {} : { groups };
    return { shape, geometry: { stride: this.#perAxis(stride), padding, ...grouped } };
  }

  #declareNorm(name: string, channels: number, kind: NormKind, scale: number): void {
    const size = new Array<number>(this.#settings.dimension).fill(1);
    const shape = kind === 'filterResponse' ? [1, channels, ...size] : [channels];
    const put = (key: string, start: number, statistic?: true) =>
      this.#declare({
        name: `${name}.${key}`,
        shape: [...shape],
        start,
        ofNorm: true,
        ...(statistic ? { statistic } : {}),
      });
    if (kind === 'none') return;
    put('weight', scale);
    put('bias', 0);
    if (kind === 'filterResponse') put('tau', 0);
    if (kind !== 'batch') return;
    put('running_mean', 0, true);
    put('running_var', 1, true);
  }

  #he(): ParameterStart {
    return { he: this.#settings.initialisation?.slope ?? this.#settings.negativeSlope };
  }

  #convolve(
    x: Expression,
    name: string,
    shape: readonly number[],
    bias: boolean,
    geometry: { stride: number[]; padding: number[] },
  ): Expression {
    const weights = this.#context.parameter(`${name}.weight`, shape);
    const added = bias ? this.#context.parameter(`${name}.bias`, [shape[0]!]) : undefined;
    return convolution(x, weights, added, geometry);
  }

  #runningScale(norm: string, channels: number, biasName?: string): { scale: Expression; shift: Expression } {
    const of = (name: string) => this.#context.parameter(name, [channels]);
    const bias = biasName === undefined ? undefined : of(biasName);
    const deviation = sqrt(add(of(`${norm}.running_var`), this.#settings.normEpsilon));
    const scale = divide(of(`${norm}.weight`), deviation);
    const mean = of(`${norm}.running_mean`);
    const below = bias === undefined ? mean : subtract(mean, bias);
    return { scale, shift: subtract(of(`${norm}.bias`), multiply(below, scale)) };
  }

  /**
   * @param norm `bias`: name of the preceding convolution's bias
   * @param slope of the leaky ReLU that follows; 1 if there is none
   */
  #normalise(x: Expression, { name, kind, bias }: { name: string; kind: NormKind; bias?: string }, slope = 1) {
    const { normEpsilon: epsilon, normGroups: groups = 8, dimension } = this.#settings;
    const channels = x.shape[1]!;
    const ones = new Array<number>(dimension).fill(1);
    const shape = kind === 'filterResponse' ? [1, channels, ...ones] : [channels];
    const of = (key: string) => this.#context.parameter(`${name}.${key}`, shape);
    const after = (y: Expression) => (slope === 1 ? y : leakyRelu(y, slope));
    if (kind === 'none') return after(x);
    const [gamma, beta] = [of('weight'), of('bias')];
    switch (kind) {
      case 'group':
        return after(groupNorm(x, gamma, beta, { groups, epsilon }));
      case 'filterResponse':
        return after(filterResponseNorm(x, { gamma, beta, tau: of('tau') }, { epsilon }));
      case 'batch': {
        if (this.#context.onBatchStatistics !== undefined) {
          const count = sizeOf(x.shape) / channels;
          const before = bias === undefined ? {} : { bias };
          this.#context.onBatchStatistics({ norm: name, ...before, ...channelStatistics(x), count });
          return batchNorm(x, gamma, beta, { epsilon, negativeSlope: slope });
        }
        const { scale, shift } = this.#runningScale(name, channels);
        const rank = x.shape.length;
        return after(add(multiply(x, perChannel(scale, rank)), perChannel(shift, rank)));
      }
      case 'instance':
        return instanceNorm(x, gamma, beta, { epsilon, negativeSlope: slope });
    }
  }

  #perAxis(sizes: PerAxis): number[] {
    return typeof sizes === 'number' ? new Array<number>(this.#settings.dimension).fill(sizes) : [...sizes];
  }
}
