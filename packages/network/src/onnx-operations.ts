import type { AttributeValue, OnnxGraph } from '@nnunet/autodiff';
import type { Tensor } from '@nnunet/tensor';
import type { Block, ConvolutionLayer, NormLayer, UpLayer } from './layers.ts';
import type { NetworkDescription } from './network-description.ts';
import type { NetworkOperations } from './network-operations.ts';
import type { Parameters } from './parameters.ts';

/**
 * Writes a U-Net for prediction with ONNX's standard operators, for any batch and spatial size. Weights are stored under
 * their PyTorch names.
 */
export function onnxOperations(
  graph: OnnxGraph,
  description: NetworkDescription,
  weights: Parameters,
): NetworkOperations<string> {
  const { norm: kind, normEpsilon, negativeSlope, nonlinearity: name = 'leakyRelu', dimension } = description;
  const epsilon = { epsilon: { float: normEpsilon } };
  const node = (type: string, inputs: string[], attributes: Record<string, AttributeValue> = {}) =>
    graph.node(type, inputs, attributes);
  const stored = (parameter: string, tensor: Tensor = weights.get(parameter)!) => graph.initializer(parameter, tensor);
  const number = (value: number) => graph.constant(value);

  /** A parameter per channel, as an operand that is broadcast over samples and space. */
  const perChannel = (parameter: string) => {
    const { data } = weights.get(parameter)!;
    return stored(parameter, { data, shape: [1, data.length, ...new Array<number>(dimension).fill(1)] });
  };

  const nonlinearity = (x: string): string => {
    switch (name) {
      case 'none':
        return x;
      case 'leakyRelu':
        return negativeSlope === 0 ? node('Relu', [x]) : node('LeakyRelu', [x], { alpha: { float: negativeSlope } });
      case 'gelu': {
        const share = node('Add', [node('Erf', [node('Mul', [x, number(Math.SQRT1_2)])]), number(1)]);
        return node('Mul', [node('Mul', [x, number(0.5)]), share]);
      }
      case 'mish':
        return node('Mul', [x, node('Tanh', [node('Softplus', [x])])]);
    }
  };

  const convolve = (x: string, { name, kernel, stride, bias }: ConvolutionLayer): string => {
    const pads = kernel.map((k) => (k - 1) / 2);
    const parameters = [`${name}.weight`, ...(bias ? [`${name}.bias`] : [])];
    return node('Conv', [x, ...parameters.map((p) => stored(p))], {
      kernel_shape: kernel,
      strides: stride,
      pads: [...pads, ...pads],
    });
  };

  const normalise = (x: string, { name }: NormLayer): string => {
    const affine = (y: string) =>
      node('Add', [node('Mul', [y, perChannel(`${name}.weight`)]), perChannel(`${name}.bias`)]);
    switch (kind) {
      case 'batch': {
        const parameters = ['weight', 'bias', 'running_mean', 'running_var'].map((key) => stored(`${name}.${key}`));
        return node('BatchNormalization', [x, ...parameters], epsilon);
      }
      case 'group': {
        const groups = description.normGroups ?? 8;
        const [one, zero] = [1, 0].map((v) => graph.constant(new Array<number>(groups).fill(v)));
        const grouped = node('Reshape', [x, graph.constant([0, groups, -1], 'int64')]);
        const normed = node('InstanceNormalization', [grouped, one, zero], epsilon);
        return affine(node('Reshape', [normed, node('Shape', [x])]));
      }
      case 'filterResponse': {
        const axes = new Array(dimension).fill(0).map((_, i) => i + 2);
        const power = node('ReduceMean', [node('Mul', [x, x])], { axes, keepdims: 1 });
        const deviation = node('Sqrt', [node('Add', [power, number(normEpsilon)])]);
        return node('Max', [affine(node('Div', [x, deviation])), perChannel(`${name}.tau`)]);
      }
      default:
        return node('InstanceNormalization', [x, stored(`${name}.weight`), stored(`${name}.bias`)], epsilon);
    }
  };

  return {
    block(x: string, { convolution, norm, activated }: Block) {
      const y = convolve(x, convolution);
      const steps: ((value: string) => string)[] = [];
      if (norm !== undefined) steps.push((value) => normalise(value, norm));
      if (activated) steps.push(nonlinearity);
      if (description.nonlinearityFirst) steps.reverse();
      return steps.reduce((value, step) => step(value), y);
    },
    nonlinearity,
    up(x: string, { name, kernel, bias }: UpLayer) {
      const parameters = [`${name}.weight`, ...(bias ? [`${name}.bias`] : [])];
      return node('ConvTranspose', [x, ...parameters.map((p) => stored(p))], { kernel_shape: kernel, strides: kernel });
    },
    head: convolve,
    averagePool: (x, kernel) => node('AveragePool', [x], { kernel_shape: kernel, strides: kernel }),
    concat: (a, b) => node('Concat', [a, b], { axis: 1 }),
    add: (a, b) => node('Add', [a, b]),
  };
}
