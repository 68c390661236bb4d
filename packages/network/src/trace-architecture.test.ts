import type { Expression } from '@nnunet/autodiff';
import {
  add,
  argMax,
  cast,
  concat,
  constant,
  convolution,
  exp,
  input,
  matmul,
  mean,
  multiply,
  reshape,
  slice,
  softmax,
  subtract,
  transpose,
} from '@nnunet/autodiff/operators';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { Architecture } from './architecture.ts';
import { shippedArchitectures } from './architecture-registry.ts';
import { describeNetwork, type NetworkVariant } from './describe-network.ts';
import { buildInference } from './inference-graph.ts';
import type { Layers } from './layers.ts';
import { outputShapes } from './network-description.ts';
import { initialiseWeights } from './parameters.ts';

const plans = tinyPlans([8, 8]);

type Outputs = (x: Expression, layers: Layers, own: Architecture) => unknown;

/** Describes the network of an architecture with these outputs; of one output, unless the variant says otherwise. */
function describeOwn(outputs: Outputs, variant: NetworkVariant = {}) {
  class Mine extends Architecture {
    override outputs(x: Expression, layers: Layers): Expression[] {
      return outputs(x, layers, this) as Expression[];
    }
  }
  return describeNetwork(plans, 0, {
    variant: { deepSupervision: false, ...variant, architecture: 'Mine' },
    architectures: shippedArchitectures.with(Mine),
  });
}

const head = (x: Expression, layers: Layers, name = 'head') =>
  layers.convolution(x, { name, outputs: plans.num_classes + 1 });
const bad = (outputs: Outputs, variant?: NetworkVariant) => () => describeOwn(outputs, variant);

it('names the nearest architecture for a misspelt one', () => {
  expect(() => describeNetwork(plans, 0, { variant: { architecture: 'GenericUNet' } })).toThrow(
    /there is no architecture called GenericUNet\n.*Generic_UNet/,
  );
});

it.each<[string, string, Outputs, NetworkVariant?]>([
  ['no list', 'Mine: outputs returns no list of expressions', (x, layers) => head(x, layers)],
  ['nothing', 'outputs returns no list', () => undefined],
  ['no expression', 'output 0 is no expression', () => [3]],
  [
    'too few outputs',
    'returns 1 expressions, but deep supervision needs 2',
    (x, l) => [head(x, l)],
    { deepSupervision: true },
  ],
  ['other classes', 'output 0 has the shape 2 x 1 x 8 x 8, but 2 x 3 x 8 x 8 is expected', (x) => [x]],
  [
    'another size',
    'has the shape 2 x 3 x 4 x 4',
    (x, layers) => [layers.convolution(x, { name: 'a', outputs: 3, stride: 2 })],
  ],
  ['integers', 'has the shape 2 x 1 x 8 x 8 of int64', (x) => [argMax(x, 1)]],
  [
    'integers of the right shape',
    'has the shape 2 x 3 x 8 x 8 of int64, but 2 x 3 x 8 x 8 is expected',
    (x, layers) => [cast(head(x, layers), 'int64')],
  ],
  [
    'an input of its own',
    'neither the data nor a parameter',
    (x, layers) => [add(head(x, layers), input('mine', [1]))],
  ],
  [
    'a parameter of two shapes',
    'outputs failed: a.weight is declared as 3x1x1x1 and as 3x1x3x3',
    (x, layers) => [add(head(x, layers, 'a'), layers.convolution(x, { name: 'a', outputs: 3, kernel: 3 }))],
  ],
  [
    'too few initial values',
    'p has the shape 1x3x1x1, but 2 initial values',
    (x, l) => [add(head(x, l), l.parameter('p', [1, 3, 1, 1], { values: [1, 2] }))],
  ],
  [
    'an initial value that is not a number',
    'initial value 1 of p is NaN',
    (x, l) => [add(head(x, l), l.parameter('p', [1, 3, 1, 1], { values: [1, Number.NaN, 2] }))],
  ],
  [
    'an infinite start',
    'p starts at {"normal":null}',
    (x, l) => [add(head(x, l), l.parameter('p', [1], { normal: Number.POSITIVE_INFINITY }))],
  ],
  [
    'a misspelt start',
    'p starts at {"normall":0.1}: a number, or one of he, normal, uniform, values',
    (x, l) => [add(head(x, l), l.parameter('p', [1], { normall: 0.1 } as never))],
  ],
  [
    'two starts',
    'p starts at {"he":0,"normal":1}',
    (x, l) => [add(head(x, l), l.parameter('p', [1], { he: 0, normal: 1 }))],
  ],
  ['no start', 'p starts at null', (x, l) => [add(head(x, l), l.parameter('p', [1], null as never))]],
  [
    'an even kernel',
    'a has the kernel 2x2: odd sizes expected',
    (x, layers) => [layers.convolution(x, { name: 'a', outputs: 3, kernel: 2 })],
  ],
  ['an impossible dropout', 'a dropout with probability 1', (x, layers) => [layers.dropout(head(x, layers), 1)]],
  [
    'operators that do not take integers',
    'exp of int64: cast it first',
    (x, layers) => [add(head(x, layers), mean(exp(argMax(x, 1)), [2, 3], true))],
  ],
  [
    'parameters that depend on the batch',
    'the architecture mixes samples',
    (x, layers) => [add(head(x, layers), layers.parameter('p', [x.shape[0]!, 1, 1, 1], 0))],
  ],
  [
    'a mean over the samples',
    'the architecture mixes samples, those of the first axis: sum of 2 x 3 x 8 x 8',
    (x, layers) => [subtract(head(x, layers), mean(head(x, layers), [0], true))],
  ],
  [
    'the first sample for all',
    'mixes samples',
    (x, layers) => {
      const y = head(x, layers);
      const [, ...rest] = y.shape;
      const zero = rest.map(() => 0);
      const first = slice(y, [0, ...zero], [1, ...rest]);
      return [add(y, first)];
    },
  ],
  ['attention between samples', 'mixes samples', (x, layers) => [softmax(head(x, layers), 0)]],
  [
    'samples that lie along the rows of a matrix',
    'mixes samples',
    (x, layers) => [transpose(reshape(head(x, layers), [3, x.shape[0]!, 8, 8]), [1, 0, 2, 3])],
  ],
  [
    'weights from the data',
    'mixes samples',
    (x, layers) => {
      const weights = reshape(mean(head(x, layers), [2, 3]), [x.shape[0]!, 3, 1, 1]);
      return [head(convolution(head(x, layers), weights), layers, 'last')];
    },
  ],
  [
    'random numbers',
    'outputs is not the same each time: use no random numbers and no counters',
    (x, layers) => [multiply(head(x, layers), Math.random())],
  ],
  ['a network without parameters', 'the network has no parameters to train', (x) => [concat([x, x, x], 1)]],
  [
    'a name that no file can hold',
    'a parameter cannot be called __proto__',
    (x, layers) => [add(head(x, layers), layers.parameter('__proto__', [1], 0))],
  ],
  [
    'a constant that is not a number',
    'a constant is not finite',
    (x, layers) => [multiply(head(x, layers), Number.NaN)],
  ],
  [
    'another computation for other batches',
    'the architecture mixes samples',
    (x, layers) => [multiply(head(x, layers), x.shape[0]! > 2 ? 1 : 2)],
  ],
])('refuses %s', (_, message, outputs, variant) => {
  expect(bad(outputs, variant)).toThrow(message);
});

it.each([
  ['norm', 'batchnorm', 'instance, batch, group, filterResponse, none'],
  ['nonlinearity', 'reluu', 'leakyRelu, gelu, mish, none'],
])('refuses an unknown %s', (key, value, known) => {
  expect(() => describeNetwork(plans, 0, { variant: { [key]: value } as never })).toThrow(
    new RegExp(`a network has no ${key} called "${value}"\\n.*Known are ${known}`),
  );
});

it('refuses a misspelt key of a variant, with the nearest ones', () => {
  const variant = { baseFeature: 8 } as never;
  expect(() => describeNetwork(plans, 0, { variant })).toThrow(
    'the variant of a network has the unknown key "baseFeature"\n  Did you mean baseFeatures? There are 14 in all.',
  );
});

it('names the class whose own error stops it', () => {
  const failing = bad(() => {
    throw new Error('my own mistake');
  });
  expect(failing).toThrow('Mine: outputs failed: my own mistake');
  const late = bad((x, layers) => {
    if (x.shape[0] === 4) throw new Error('four is too many');
    return [head(x, layers)];
  });
  expect(late).toThrow('Mine: the network cannot be made for every number of samples: four is too many');
});

it('makes a network with a parameter per voxel for the patch of the plans alone', () => {
  const network = describeOwn((x, layers) => {
    const positions = layers.parameter('positions', [1, 1, ...x.shape.slice(2)], { normal: 0.02 });
    return [head(add(x, positions), layers)];
  });
  expect(network.graph).toMatchObject({ fixed: true, patchSize: [8, 8] });
  const weights = initialiseWeights(network, 1);
  const build = (patchSize: number[], batchSize: number) =>
    buildInference({ description: network, weights, patchSize, batchSize }).outputs.output!.shape;
  expect(build([8, 8], 1)).toEqual([1, 3, 8, 8]);
  expect(build([8, 8], 5)).toEqual([5, 3, 8, 8]);
  expect(() => build([16, 8], 1)).toThrow('a patch of 16 x 8 voxels does not fit a network for 8 x 8');
});

it('makes a network of attention for any patch and batch', () => {
  const network = describeOwn((x, layers) => {
    const wide = layers.block(x, { name: 'wide', outputs: 4 });
    const [n, c, y, z] = wide.shape as [number, number, number, number];
    const flat = reshape(wide, [n, c, y * z]);
    const mixed = matmul(layers.parameter('mix', [c, c], { uniform: 0.5 }), flat);
    const gate = mean(wide, [2, 3], true);
    return [head(multiply(reshape(mixed, [n, c, y, z]), gate), layers)];
  });
  expect(network.graph?.fixed).toBeUndefined();
  for (const [patchSize, samples] of [
    [[8, 8], 1],
    [[24, 40], 3],
  ] as const) {
    const { output } = buildInference({
      description: network,
      weights: initialiseWeights(network, 1),
      patchSize,
      batchSize: samples,
    }).outputs;
    expect([output!.shape]).toEqual(outputShapes(network, patchSize, samples));
  }
});

it.each<[string, Outputs]>([
  [
    'tokens first',
    (x, layers) => {
      const y = head(x, layers);
      const [n, c, ...size] = y.shape as [number, number, number, number];
      const tokens = transpose(reshape(y, [n, c, size[0] * size[1]]), [2, 0, 1]);
      const mixed = matmul(tokens, layers.parameter('mix', [c, c], { uniform: 0.5 }));
      return [reshape(transpose(mixed, [1, 2, 0]), [n, c, ...size])];
    },
  ],
  [
    'windows as samples',
    (x, layers) => {
      const y = head(x, layers);
      const [n, c, a, b] = y.shape as [number, number, number, number];
      const windows = transpose(reshape(y, [n, c, a / 4, 4, b]), [0, 2, 1, 3, 4]);
      const tokens = reshape(windows, [(n * a) / 4, c, 4 * b]);
      const scores = softmax(matmul(transpose(tokens, [0, 2, 1]), tokens), 2);
      const seen = reshape(matmul(tokens, scores), [n, a / 4, c, 4, b]);
      return [reshape(transpose(seen, [0, 2, 1, 3, 4]), [n, c, a, b])];
    },
  ],
])('lets each sample be computed alone with %s', (_, outputs) => {
  expect(bad(outputs)).not.toThrow();
});

it('draws initial values as an architecture says, the same ones for the same seed', () => {
  const network = describeOwn((x, layers) => {
    const parts = [
      layers.parameter('constant', [1], 0.25),
      layers.parameter('normal', [2000], { normal: 0.02 }),
      layers.parameter('uniform', [2000], { uniform: 3 }),
      layers.parameter('he', [20, 100], { he: 0 }),
      layers.parameter('given', [3], { values: [1, -2, 0.5] }),
    ];
    return [parts.reduce((sum, part) => add(sum, mean(part)), head(x, layers))];
  });
  const weights = initialiseWeights(JSON.parse(JSON.stringify(network)), 5);
  expect([...weights.get('constant')!.data, ...weights.get('given')!.data]).toEqual([0.25, 1, -2, 0.5]);
  const deviation = (name: string) => Math.sqrt(weights.get(name)!.data.reduce((sum, v) => sum + v * v, 0) / 2000);
  // A uniform distribution from -a to a has the deviation a / sqrt 3; He's for a ReLU is sqrt(2 / fan).
  expect(deviation('normal') / 0.02).toBeCloseTo(1, 1);
  expect(deviation('uniform') / Math.sqrt(3)).toBeCloseTo(1, 1);
  expect(deviation('he') / Math.sqrt(2 / 100)).toBeCloseTo(1, 1);
  expect(Math.max(...weights.get('uniform')!.data.map(Math.abs))).toBeLessThan(3);
  expect(initialiseWeights(network, 5)).toEqual(weights);
  expect(initialiseWeights(network, 6).get('normal')).not.toEqual(weights.get('normal'));
});

it('sees the channels of a previous stage, and predicts regions as another number of classes', () => {
  class Mine extends Architecture {
    override outputs(x: Expression, layers: Layers): Expression[] {
      return [layers.convolution(x, { name: 'head', outputs: this.settings.classes })];
    }
  }
  const network = describeNetwork(plans, 0, {
    inputChannels: 3,
    classes: 5,
    variant: { architecture: 'Mine', deepSupervision: false },
    architectures: shippedArchitectures.with(Mine),
  });
  expect([...initialiseWeights(network, 1)].map(([name, { shape }]) => [name, shape])).toEqual([
    ['head.weight', [5, 3, 1, 1]],
    ['head.bias', [5]],
  ]);
});

it('keeps constants of an architecture', () => {
  const ramp = Float32Array.from({ length: 64 }, (_, i) => i / 64);
  const network = describeOwn((x, layers) => [head(add(x, constant({ data: ramp, shape: [8, 8] })), layers)]);
  expect(network.graph?.fixed).toBe(true);
});
