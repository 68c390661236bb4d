import type { AttributeValue, OnnxGraph } from '@nnunet/autodiff';
import type { Tensor } from '@nnunet/tensor';
import type { NetworkOperations } from './network-operations.ts';
import type { NetworkSettings } from './network-settings.ts';
import type { Parameters } from './parameters.ts';
import type { Block, ConvolutionLayer, NormLayer, UpLayer } from './unet-layers.ts';

/**
 * Writes a U-Net for prediction with ONNX's standard operators, for any batch and spatial size. Weights are stored
 * under their PyTorch names.
 */
export class OnnxOperations implements NetworkOperations<string> {
  readonly #graph: OnnxGraph;
  readonly #settings: NetworkSettings;
  readonly #weights: Parameters;

  constructor(graph: OnnxGraph, settings: NetworkSettings, weights: Parameters) {
    this.#graph = graph;
    this.#settings = settings;
    this.#weights = weights;
  }

  block(x: string, { convolution, norm, activated }: Block): string {
    const steps: ((value: string) => string)[] = [];
    if (norm !== undefined) steps.push((value) => this.#normalise(value, norm));
    if (activated) steps.push((value) => this.nonlinearity(value));
    if (this.#settings.nonlinearityFirst) steps.reverse();
    return steps.reduce((value, step) => step(value), this.#convolve(x, convolution));
  }

  nonlinearity(x: string): string {
    const { nonlinearity = 'leakyRelu', negativeSlope } = this.#settings;
    switch (nonlinearity) {
      case 'none':
        return x;
      case 'leakyRelu':
        if (negativeSlope === 0) return this.#node('Relu', [x]);
        return this.#node('LeakyRelu', [x], { alpha: { float: negativeSlope } });
      case 'gelu': {
        const error = this.#node('Erf', [this.#times(x, this.#graph.constant(Math.SQRT1_2))]);
        return this.#times(this.#times(x, this.#graph.constant(0.5)), this.add(error, this.#graph.constant(1)));
      }
      case 'mish':
        return this.#times(x, this.#node('Tanh', [this.#node('Softplus', [x])]));
    }
  }

  up(x: string, layer: UpLayer): string {
    const { kernel } = layer;
    return this.#node('ConvTranspose', [x, ...this.#parameters(layer)], { kernel_shape: kernel, strides: kernel });
  }

  head(x: string, layer: ConvolutionLayer): string {
    return this.#convolve(x, layer);
  }

  averagePool(x: string, kernel: readonly number[]): string {
    return this.#node('AveragePool', [x], { kernel_shape: kernel, strides: kernel });
  }

  concat(a: string, b: string): string {
    return this.#node('Concat', [a, b], { axis: 1 });
  }

  add(a: string, b: string): string {
    return this.#node('Add', [a, b]);
  }

  #convolve(x: string, layer: ConvolutionLayer): string {
    const { kernel, stride } = layer;
    const pads = kernel.map((k) => (k - 1) / 2);
    return this.#node('Conv', [x, ...this.#parameters(layer)], {
      kernel_shape: kernel,
      strides: stride,
      pads: [...pads, ...pads],
    });
  }

  #normalise(x: string, { name }: NormLayer): string {
    const { norm, normEpsilon, normGroups: groups = 8, dimension } = this.#settings;
    const epsilon = { epsilon: { float: normEpsilon } };
    const affine = (y: string) =>
      this.add(this.#times(y, this.#perChannel(`${name}.weight`)), this.#perChannel(`${name}.bias`));
    switch (norm) {
      case 'batch': {
        const parameters = ['weight', 'bias', 'running_mean', 'running_var'].map((p) => this.#stored(`${name}.${p}`));
        return this.#node('BatchNormalization', [x, ...parameters], epsilon);
      }
      case 'group': {
        const [one, zero] = [1, 0].map((value) => this.#graph.constant(new Array<number>(groups).fill(value)));
        const grouped = this.#node('Reshape', [x, this.#graph.constant([0, groups, -1], 'int64')]);
        const normed = this.#node('InstanceNormalization', [grouped, one!, zero!], epsilon);
        return affine(this.#node('Reshape', [normed, this.#node('Shape', [x])]));
      }
      case 'filterResponse': {
        const axes = Array.from({ length: dimension }, (_, d) => d + 2);
        const power = this.#node('ReduceMean', [this.#times(x, x)], { axes, keepdims: 1 });
        const deviation = this.#node('Sqrt', [this.add(power, this.#graph.constant(normEpsilon))]);
        const normed = affine(this.#node('Div', [x, deviation]));
        return this.#node('Max', [normed, this.#perChannel(`${name}.tau`)]);
      }
      default: {
        const parameters = [this.#stored(`${name}.weight`), this.#stored(`${name}.bias`)];
        return this.#node('InstanceNormalization', [x, ...parameters], epsilon);
      }
    }
  }

  #node(type: string, inputs: string[], attributes: Record<string, AttributeValue> = {}): string {
    return this.#graph.node(type, inputs, attributes);
  }

  #times(a: string, b: string): string {
    return this.#node('Mul', [a, b]);
  }

  #parameters({ name, bias }: ConvolutionLayer | UpLayer): string[] {
    return bias ? [this.#stored(`${name}.weight`), this.#stored(`${name}.bias`)] : [this.#stored(`${name}.weight`)];
  }

  #stored(parameter: string, tensor: Tensor = this.#weights.get(parameter)!): string {
    return this.#graph.initializer(parameter, tensor);
  }

  /** A per-channel parameter, as an operand broadcast over samples and space. */
  #perChannel(parameter: string): string {
    const { data } = this.#weights.get(parameter)!;
    const ones = new Array<number>(this.#settings.dimension).fill(1);
    return this.#stored(parameter, { data, shape: [1, data.length, ...ones] });
  }
}
