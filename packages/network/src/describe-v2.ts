import { NnUNetError } from '@nnunet/errors';
import { type LabelsV2, labelsV2 } from '@nnunet/schema/internal';
import type { NetworkDescription } from './network-description.ts';
import {
  type ArchitectureV2,
  architectureOf,
  type ConfigurationV2,
  configurationV2,
  type PlansV2,
} from './plans-v2.ts';

/** The part of v2's dataset.json that the network depends on. */
export interface DatasetJsonV2 {
  channel_names?: Record<string, string>;
  /** In older files, instead of `channel_names`. */
  modality?: Record<string, string>;
  /** Numbers, or lists of numbers for regions. */
  labels: Record<string, number | readonly number[]>;
  /** Required for regions. */
  regions_class_order?: readonly number[];
}

/** Architecture settings that do not make it a different network. */
const understood = new Set(
  `n_stages features_per_stage conv_op kernel_sizes strides n_conv_per_stage n_blocks_per_stage n_conv_per_stage_decoder
  conv_bias norm_op norm_op_kwargs dropout_op dropout_op_kwargs nonlin nonlin_kwargs deep_supervision nonlin_first`.split(
    /\s+/,
  ),
);

/** v2's trainers whose network differs from the one in the plans. */
const otherNetworks = /Primus/;

/**
 * Describes the network of a v2 model from its plans.json and dataset.json.
 *
 * @param options `configuration`: e.g. '3d_fullres'; `trainer`: name of the class (nnUNetTrainerBN changes the norm)
 * @throws NnUNetError 'bad-plans' if the configuration does not exist; 'unsupported-network' for unsupported settings
 */
export function describeNetworkV2(
  plans: PlansV2,
  configuration: string,
  dataset: DatasetJsonV2,
  options: { trainer?: string } = {},
): NetworkDescription {
  const own = configurationV2(plans, configuration);
  const labels = labelsV2(Object.entries(dataset.labels), dataset.regions_class_order, 'dataset.json');
  const { network_class_name, arch_kwargs: kwargs } = architectureOf(own);
  const architecture = network_class_name.split('.').pop() ?? '';
  if (architecture !== 'PlainConvUNet' && architecture !== 'ResidualEncoderUNet') {
    throw unsupported(`the architecture ${architecture}`, 'PlainConvUNet and ResidualEncoderUNet are supported.');
  }
  if (options.trainer !== undefined && otherNetworks.test(options.trainer)) {
    throw unsupported(`the network of ${options.trainer}`, 'Only the networks described by the plans are supported.');
  }
  const unknown = Object.entries(kwargs).find(([key, value]) => !understood.has(key) && value);
  if (unknown !== undefined)
    throw unsupported(`${architecture} with ${unknown[0]}`, 'Only default architectures are supported.');
  const dimension = own.patch_size.length === 2 ? 2 : 3;
  const perAxis = (list: readonly (number | readonly number[])[]) =>
    list.map((v) => (typeof v === 'number' ? new Array<number>(dimension).fill(v) : [...v]));
  const stages = kwargs.n_stages;
  if (stages === 1) {
    const patch = own.patch_size.join(' x ');
    const remedy = `The images are too small: a patch of ${patch} voxels cannot be halved. Train another configuration, or plan with a finer target spacing.`;
    throw unsupported(`a network of one stage, which v2 plans for ${configuration} but cannot train either,`, remedy);
  }
  const strides = perAxis(asList(kwargs.strides, stages));
  if (strides[0]?.some((s) => s !== 1))
    throw unsupported('a first stage with a stride', 'Only first stages as in default plans are supported.');
  return {
    architecture,
    dimension,
    inputChannels: inputChannels(own, dataset, labels),
    classes: labels.outputs,
    features: asList(kwargs.features_per_stage, stages),
    pools: strides.slice(1),
    kernels: perAxis(asList(kwargs.kernel_sizes, stages)),
    convolutionsPerStage: 2,
    encoderBlocks: asList(
      (architecture === 'PlainConvUNet' ? kwargs.n_conv_per_stage : kwargs.n_blocks_per_stage) ?? 2,
      stages,
    ),
    decoderBlocks: asList(kwargs.n_conv_per_stage_decoder, stages - 1),
    convolutionBias: kwargs.conv_bias ?? false,
    upBias: kwargs.conv_bias ?? false,
    headBias: true,
    ...norm(kwargs, options.trainer),
    ...nonlinearity(kwargs),
    nonlinearityFirst: kwargs.nonlin_first ?? false,
    initialisation: { slope: 0.01, zeroResidualNorms: architecture === 'ResidualEncoderUNet' },
    deepSupervision: true,
  };
}

function norm(
  { norm_op, norm_op_kwargs }: ArchitectureV2['arch_kwargs'],
  trainer: string | undefined,
): Pick<NetworkDescription, 'norm' | 'normEpsilon'> {
  if (trainer === 'nnUNetTrainerBN') return { norm: 'batch', normEpsilon: 1e-5 };
  const normEpsilon = norm_op_kwargs?.eps ?? 1e-5;
  if (norm_op === null || norm_op === undefined) return { norm: 'none', normEpsilon };
  const [, kind] = /(InstanceNorm|BatchNorm)[23]d$/.exec(norm_op) ?? [];
  // PyTorch's defaults: an instance norm has no parameters, a batch norm has.
  const affine = norm_op_kwargs?.affine ?? kind === 'BatchNorm';
  if (kind === undefined || !affine)
    throw unsupported(`the norm ${norm_op}`, 'Affine instance and batch norms are supported.');
  return { norm: kind === 'InstanceNorm' ? 'instance' : 'batch', normEpsilon };
}

function nonlinearity({
  nonlin,
  nonlin_kwargs,
}: ArchitectureV2['arch_kwargs']): Pick<NetworkDescription, 'nonlinearity' | 'negativeSlope'> {
  const name = nonlin?.split('.').pop();
  switch (name) {
    case 'LeakyReLU':
      return { nonlinearity: 'leakyRelu', negativeSlope: nonlin_kwargs?.negative_slope ?? 0.01 };
    case 'ReLU':
      return { nonlinearity: 'leakyRelu', negativeSlope: 0 };
    case 'GELU':
      if (nonlin_kwargs?.approximate === 'tanh') break;
      return { nonlinearity: 'gelu', negativeSlope: 0.01 };
    case 'Mish':
      return { nonlinearity: 'mish', negativeSlope: 0.01 };
    case undefined:
      return { nonlinearity: 'none', negativeSlope: 0.01 };
  }
  throw unsupported(`the nonlinearity ${nonlin}`, 'LeakyReLU, ReLU, GELU and Mish are supported.');
}

/** Image channels, plus one per foreground label if there is a previous stage. */
function inputChannels({ previous_stage }: ConfigurationV2, dataset: DatasetJsonV2, { foreground }: LabelsV2): number {
  const channels = Object.keys(dataset.channel_names ?? dataset.modality ?? {}).length;
  if (channels === 0) {
    throw new NnUNetError('bad-dataset', {
      what: 'dataset.json does not name the image channels',
      where: 'dataset.json',
      remedy: 'It needs "channel_names".',
    });
  }
  return previous_stage ? channels + foreground.length : channels;
}

function asList<T>(value: T | readonly T[], count: number): T[] {
  return Array.isArray(value) ? [...(value as readonly T[])] : new Array<T>(count).fill(value as T);
}

function unsupported(what: string, others: string): NnUNetError {
  return new NnUNetError('unsupported-network', { what: `${what} is not supported`, remedy: others });
}
