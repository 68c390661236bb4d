import { usageError } from '@nnunet/errors';
import type { Plans } from '@nnunet/schema';
import { type NetworkStage, stageTopology } from './stage-topology.ts';

/** Names of the architectures, after the classes of v1 (the first two) and v2, whose parameter names they use. */
export type Architecture = 'Generic_UNet' | 'FabiansUNet' | 'PlainConvUNet' | 'ResidualEncoderUNet';

export type NormKind = 'instance' | 'batch' | 'group' | 'filterResponse' | 'none';

/**
 * A U-Net in plain JSON, stored in model files so that the network can be rebuilt without plans or trainer. Spatial
 * lists have `dimension` entries, in the axis order of the data. Stages go from full resolution to the bottleneck.
 */
export interface NetworkDescription {
  /**
   * Determines the parameter names and the kernels of the decoder. Residual encoder: FabiansUNet (a strided 1x1
   * convolution in the skip of each strided block) and ResidualEncoderUNet (an average pooling there).
   */
  architecture: Architecture;
  dimension: 2 | 3;
  inputChannels: number;
  /** Output channels: background and classes, or regions. */
  classes: number;
  /** Channels per stage, bottleneck last: one more entry than pools. */
  features: number[];
  /** Strides from each stage to the next; also the kernels of the decoder's transposed convolutions. */
  pools: number[][];
  /** Convolution kernels per stage, bottleneck last. */
  kernels: number[][];
  convolutionsPerStage: number;
  /** Convolutions, or residual blocks, per stage of the encoder. Default: `convolutionsPerStage` in each. */
  encoderBlocks?: number[];
  /** Convolutions per step of the decoder, from the bottleneck upwards. Default: `convolutionsPerStage` in each. */
  decoderBlocks?: number[];
  /** Whether the convolutions of the blocks have a bias. */
  convolutionBias: boolean;
  /** Whether the up-convolutions have a bias. Default: false. */
  upBias?: boolean;
  /** Whether the heads have a bias. Default: false. */
  headBias?: boolean;
  /** Norm after each convolution of a block. */
  norm: NormKind;
  normEpsilon: number;
  /** Groups of a group norm. Default: 8. */
  normGroups?: number;
  /** Default: leaky ReLU. 'none': a filter response norm has its own threshold. */
  nonlinearity?: 'leakyRelu' | 'gelu' | 'mish' | 'none';
  /** Slope of the leaky ReLU below zero; 0 for a ReLU. */
  negativeSlope: number;
  /** Order convolution, nonlinearity, norm instead of convolution, norm, nonlinearity. Default: false. */
  nonlinearityFirst?: boolean;
  /**
   * How weights are initialised: `slope` in He's rule (default: `negativeSlope`); whether norms before a residual sum
   * start at 0.
   */
  initialisation?: { slope?: number; zeroResidualNorms?: boolean };
  /** Outputs at every resolution above the bottleneck; otherwise only at the highest. */
  deepSupervision: boolean;
}

/** A trainer's changes to the network of the plans. */
export type NetworkVariant = Partial<
  Pick<
    NetworkDescription,
    | 'convolutionsPerStage'
    | 'convolutionBias'
    | 'headBias'
    | 'norm'
    | 'normEpsilon'
    | 'normGroups'
    | 'nonlinearity'
    | 'negativeSlope'
    | 'nonlinearityFirst'
    | 'initialisation'
    | 'deepSupervision'
  >
> & {
  architecture?: 'Generic_UNet' | 'FabiansUNet';
  baseFeatures?: number;
  /** Size of every kernel along every axis. */
  kernel?: number;
};

/** Maximum number of channels by dimension (v1's Generic_UNet: MAX_FILTERS_2D, MAX_NUM_FILTERS_3D). */
const maximalFeatures = { 2: 480, 3: 320 } as const;

/** The parts of v1's plans that a network depends on. */
export type NetworkPlans = Pick<Plans, 'num_modalities' | 'num_classes' | 'base_num_features' | 'conv_per_stage'> & {
  plans_per_stage: Record<string, NetworkStage>;
};

/**
 * Describes the network of a stage of the plans, as built by v1's nnUNetTrainerV2.
 *
 * @param options `inputChannels`: default the plans' modalities (a cascade adds one per class); `classes`: output
 * channels, default the plans' classes and background; `variant`: changes made by a trainer
 * @throws NnUNetError 'usage' for a stage that the plans lack, or plans of another architecture
 */
export function describeNetwork(
  plans: NetworkPlans,
  stage: number,
  options: { inputChannels?: number; classes?: number; maximalFeatures?: number; variant?: NetworkVariant } = {},
): NetworkDescription {
  const own: NetworkStage | undefined = plans.plans_per_stage[String(stage)];
  if (own === undefined) {
    const known = Object.keys(plans.plans_per_stage).join(', ');
    throw usageError({ what: `the plans have no stage ${stage}`, remedy: `Stages of these plans: ${known}.` });
  }
  const dimension = own.patch_size.length === 2 ? 2 : 3;
  const { baseFeatures = plans.base_num_features, kernel, ...variant } = options.variant ?? {};
  const { pools, kernels, ...blocks } = stageTopology(own, variant.architecture === 'FabiansUNet');
  const limit = options.maximalFeatures ?? maximalFeatures[dimension];
  const features = [baseFeatures];
  for (const _ of pools) features.push(Math.min(2 * features.at(-1)!, limit));
  return {
    architecture: 'Generic_UNet',
    dimension,
    inputChannels: options.inputChannels ?? plans.num_modalities,
    classes: options.classes ?? plans.num_classes + 1,
    features,
    pools,
    kernels: kernels.map((sizes) => sizes.map((k) => kernel ?? k)),
    convolutionsPerStage: plans.conv_per_stage ?? 2,
    ...blocks,
    convolutionBias: true,
    norm: 'instance',
    normEpsilon: 1e-5,
    negativeSlope: 0.01,
    deepSupervision: true,
    ...variant,
  };
}

/** Returns the spatial sizes per stage for a patch, full resolution first, bottleneck last. */
export function stageSizes(description: NetworkDescription, patchSize: readonly number[]): number[][] {
  const { dimension, pools } = description;
  if (patchSize.length !== dimension) {
    throw usageError({ what: `a patch with ${patchSize.length} axes does not fit a network with ${dimension}` });
  }
  const divisor = patchSize.map((_, i) => pools.reduce((product, pool) => product * pool[i]!, 1));
  if (patchSize.some((n, i) => !Number.isInteger(n / divisor[i]!) || n < 1)) {
    throw usageError({
      what: `a patch of ${patchSize.join(' x ')} voxels is not divisible by the poolings of the network`,
      remedy: `Use a multiple of ${divisor.join(' x ')}.`,
    });
  }
  const sizes = [[...patchSize]];
  for (const pool of pools) sizes.push(sizes.at(-1)!.map((n, i) => n / pool[i]!));
  return sizes;
}

/**
 * Returns the shapes of the outputs for a batch, (samples, classes, …spatial), full resolution first: one per pool with
 * deep supervision, otherwise one.
 */
export function outputShapes(
  description: NetworkDescription,
  patchSize: readonly number[],
  samples: number,
): [samples: number, classes: number, ...size: number[]][] {
  const { classes, deepSupervision, pools } = description;
  const sizes = stageSizes(description, patchSize).slice(0, deepSupervision ? Math.max(1, pools.length) : 1);
  return sizes.map((size) => [samples, classes, ...size]);
}
