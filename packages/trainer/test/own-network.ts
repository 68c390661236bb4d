import { initialiseWeights, type NetworkDescription, parameterShapes } from '@nnunet/network';
import { sizeOf } from '@nnunet/tensor';
import type { Json } from './v1-table.ts';

/*
 * A network in v1's words. What the layers below repeat (norm_op_kwargs, nonlin_kwargs) or never use (dropout with probability 0) is not
 * a decision, and is left out.
 */

const nonlinearities = { leakyRelu: 'LeakyReLU', gelu: 'GeLU', mish: 'Mish', none: 'Identity' } as const;
const norms = {
  instance: (d: number) => `InstanceNorm${d}d`,
  batch: (d: number) => `BatchNorm${d}d`,
  group: () => 'MyGroupNorm',
  filterResponse: () => 'FRN3D',
  none: () => 'Identity',
} as const;

function activationOf({ nonlinearity = 'leakyRelu', negativeSlope }: NetworkDescription): {
  name: string;
  slope?: number;
} {
  const name = nonlinearities[nonlinearity];
  if (name !== 'LeakyReLU') return { name };
  return negativeSlope === 0 ? { name: 'ReLU' } : { name, slope: negativeSlope };
}

/** What v1's constructor of the network is called with. */
export function argumentsOf(description: NetworkDescription): Json {
  return description.architecture === 'Generic_UNet' ? genericArguments(description) : residualArguments(description);
}

function genericArguments(d: NetworkDescription): Json {
  return {
    ...commonArguments(d),
    ...layerArguments(d),
    num_conv_per_stage: d.convolutionsPerStage,
    weightInitializer: heRule(d),
    basic_block: `class ConvDropout${d.nonlinearityFirst ? 'NonlinNorm' : 'NormNonlin'}`,
    seg_output_use_bias: d.headBias ?? false,
    num_pool: d.pools.length,
    pool_op_kernel_sizes: d.pools,
    convolutional_pooling: true,
    convolutional_upsampling: true,
  };
}

function residualArguments(d: NetworkDescription): Json {
  return {
    ...commonArguments(d),
    props: layerArguments(d),
    num_blocks_per_stage_encoder: d.encoderBlocks,
    num_blocks_per_stage_decoder: d.decoderBlocks,
    initializer: heRule(d),
    block: 'class BasicResidualBlock',
    // the first stage pools nothing
    pool_op_kernel_sizes: [d.pools[0]!.map(() => 1), ...d.pools],
  };
}

function commonArguments(d: NetworkDescription): Json {
  return {
    base_num_features: d.features[0],
    num_classes: d.classes,
    feat_map_mul_on_downscale: d.features[1]! / d.features[0]!,
    deep_supervision: d.deepSupervision,
    upscale_logits: false,
    input_channels: d.inputChannels,
    conv_kernel_sizes: d.kernels,
  };
}

function layerArguments(d: NetworkDescription): Json {
  return {
    conv_op: `class Conv${d.dimension}d`,
    norm_op: `class ${norms[d.norm](d.dimension)}`,
    nonlin: `class ${activationOf(d).name}`,
  };
}

/** By what weights are drawn. */
export function heRule({ initialisation, negativeSlope }: NetworkDescription): Json {
  return { class: 'InitWeights_He', neg_slope: initialisation?.slope ?? negativeSlope };
}

/** Settings of the layers without convolutions, by kind. */
export function layersOf(d: NetworkDescription): Json {
  const { name, slope } = activationOf(d);
  const learned = { weight: 'learned', bias: 'learned' };
  const running = { affine: true, momentum: 0.1, track_running_stats: d.norm === 'batch' };
  const ofNorm = {
    instance: running,
    batch: running,
    group: { affine: true, num_groups: d.normGroups },
    filterResponse: { tau: 'learned' },
  };
  return {
    ...(name === 'Identity' ? {} : { [name]: [slope === undefined ? {} : { negative_slope: slope }] }),
    ...(d.norm === 'none'
      ? {}
      : { [norms[d.norm](d.dimension)]: [{ eps: d.normEpsilon, ...learned, ...ofNorm[d.norm] }] }),
  };
}

/** v1's lines of its convolutions, by their names: channels in > out, kernel, stride, padding, and bias if there is one. */
export function convolutionsOf(description: NetworkDescription): Record<string, string> {
  const { dimension, pools } = description;
  const shapes = parameterShapes(description);
  const names = new Set(shapes.map(({ name }) => name));
  return Object.fromEntries(
    shapes.flatMap(({ name: parameter, shape }): [string, string][] => {
      const [, name] = /^(.*)\.weight$/.exec(parameter) ?? [];
      if (name === undefined || shape.length !== dimension + 2 || shape[0] === 1) return [];
      const [, step] = /\btus?\.(\d+)$/.exec(name) ?? [];
      const up = step !== undefined;
      const [outputs, inputs] = up ? [shape[1], shape[0]] : [shape[0], shape[1]];
      const kernel = shape.slice(2);
      const stride = up ? pools[pools.length - 1 - Number(step)]! : strideOf(name, pools, dimension);
      const padding = kernel.map((k) => (up ? 0 : (k - 1) / 2));
      const [kind, sizes] = [
        `Conv${up ? 'Transpose' : ''}${dimension}d`,
        [kernel, stride, padding].map((s) => s.join('x')),
      ];
      const bias = names.has(`${name}.bias`) ? ' bias' : '';
      return [[name, `${kind} ${inputs}>${outputs} k${sizes[0]} s${sizes[1]} p${sizes[2]}${bias}`]];
    }),
  );
}

/** The first convolution of a stage pools, and the projection beside it. */
function strideOf(name: string, pools: readonly (readonly number[])[], dimension: number): readonly number[] {
  const [, stage] =
    /^conv_blocks_context\.(\d+)\.(?:0\.)?blocks\.0\.conv$/.exec(name) ??
    /^encoder\.stages\.(\d+)\.convs\.0\.(?:conv1|downsample_skip\.0)$/.exec(name) ??
    [];
  return stage === undefined || stage === '0' ? new Array(dimension).fill(1) : pools[Number(stage) - 1]!;
}

/** Numbers of the learnt parameters, of norms, of convolutions and of transposed ones. */
export function countsOf(description: NetworkDescription): Json {
  const shapes = parameterShapes(description);
  const kinds = Object.values(convolutionsOf(description)).map((line) => line.split(' ')[0]!);
  const withWeight = shapes.filter(({ name }) => name.endsWith('.weight')).length;
  const norm = norms[description.norm](description.dimension);
  const counts: Record<string, number> = norm === 'Identity' ? {} : { [norm]: withWeight - kinds.length };
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  const learnt = shapes.filter(({ statistic }) => !statistic);
  return { n_parameters: learnt.reduce((sum, { shape }) => sum + sizeOf(shape), 0), layer_counts: counts };
}

/**
 * How weights begin, measured on a narrower network of the same kind: standard deviation of convolutions times the root of
 * their fan in, greatest bias, and whether all norms are the identity.
 */
export function startOf(description: NetworkDescription): {
  deviation: number;
  bias: number;
  identity: boolean;
  zeros: string[];
} {
  const narrow = { ...description, features: description.features.map((n) => Math.min(n, 8)) };
  const weights = [...initialiseWeights(narrow, 1)].map(([name, tensor]) => ({ name, ...tensor }));
  const convolutions = weights.filter(
    ({ name, shape }) => name.endsWith('.weight') && shape.length > 2 && shape[0] !== 1,
  );
  const isConvolution = new Set(convolutions.map(({ name }) => name.replace(/weight$/, '')));
  let [squares, count] = [0, 0];
  for (const { data, shape } of convolutions) {
    const fan = sizeOf(shape.slice(1));
    for (const value of data) squares += fan * value ** 2;
    count += data.length;
  }
  const rest = weights.filter(({ name }) => !convolutions.some((c) => c.name === name));
  const biases = rest.filter(({ name }) => isConvolution.has(name.replace(/bias$/, '')));
  const ofNorms = rest.filter((w) => !biases.includes(w) && !/running_/.test(w.name));
  const all = (data: ArrayLike<number>, value: number) => Array.from(data).every((x) => x === value);
  const scales = ofNorms.filter(({ name }) => name.endsWith('.weight'));
  return {
    deviation: Math.sqrt(squares / count),
    bias: Math.max(0, ...biases.map(({ data }) => Math.max(...data.map(Math.abs)))),
    identity: ofNorms.every(({ name, data }) => name.endsWith('.weight') || all(data, 0)),
    zeros: scales.filter(({ data }) => !all(data, 1)).map(({ name }) => name),
  };
}
