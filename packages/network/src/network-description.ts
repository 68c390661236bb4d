import type { Plans } from '@nnunet/dataset';
import { usageError } from '@nnunet/errors';

/**
 * A U-Net in plain JSON: what a model file carries so that the network can be rebuilt without plans or trainer.
 * Spatial lists have `dimension` entries, in the axis order of the data. Stages go from full resolution to the bottleneck.
 */
export interface NetworkDescription {
  /** v1's Generic_UNet: names of the parameters and kernels of the decoder follow it. */
  architecture: 'Generic_UNet';
  dimension: 2 | 3;
  inputChannels: number;
  /** Output channels: background and classes, or regions. */
  classes: number;
  /** Channels per stage, bottleneck last: one more than there are pools. */
  features: number[];
  /** Strides from each stage to the next; the decoder's transposed convolutions have them as kernels. */
  pools: number[][];
  /** Convolution kernels per stage, bottleneck last. */
  kernels: number[][];
  convolutionsPerStage: number;
  /** Whether the convolutions of the blocks have a bias. Up-convolutions and heads have none. */
  convolutionBias: boolean;
  /** After each convolution of a block. */
  norm: 'instance' | 'none';
  normEpsilon: number;
  /** Slope of the leaky ReLU below zero. */
  negativeSlope: number;
  /** Outputs at every resolution above the bottleneck; else the highest alone. */
  deepSupervision: boolean;
}

/** Greatest number of channels by dimension (v1's Generic_UNet: MAX_FILTERS_2D, MAX_NUM_FILTERS_3D). */
const maximalFeatures = { 2: 480, 3: 320 } as const;

/**
 * The network of a stage of the plans, as v1's nnUNetTrainerV2 builds it.
 * @param options `inputChannels`: the plans' modalities if not given (a cascade adds one per class); `classes`: output
 *   channels, the plans' classes and background if not given
 * @throws NnUNetError 'usage' for a stage that the plans do not have
 */
export function describeNetwork(
  plans: Pick<Plans, 'plans_per_stage' | 'num_modalities' | 'num_classes' | 'base_num_features' | 'conv_per_stage'>,
  stage: number,
  options: { inputChannels?: number; classes?: number; maximalFeatures?: number } = {},
): NetworkDescription {
  const own = plans.plans_per_stage[String(stage)];
  if (own === undefined) {
    const known = Object.keys(plans.plans_per_stage).join(', ');
    throw usageError({ what: `the plans have no stage ${stage}`, remedy: `Stages of these plans: ${known}.` });
  }
  const dimension = own.patch_size.length === 2 ? 2 : 3;
  const pools = own.pool_op_kernel_sizes.map((p) => [...p]);
  const limit = options.maximalFeatures ?? maximalFeatures[dimension];
  const features = [plans.base_num_features];
  for (const _ of pools) features.push(Math.min(2 * features[features.length - 1], limit));
  return {
    architecture: 'Generic_UNet',
    dimension,
    inputChannels: options.inputChannels ?? plans.num_modalities,
    classes: options.classes ?? plans.num_classes + 1,
    features,
    pools,
    kernels: own.conv_kernel_sizes.map((k) => [...k]),
    convolutionsPerStage: plans.conv_per_stage ?? 2,
    convolutionBias: true,
    norm: 'instance',
    normEpsilon: 1e-5,
    negativeSlope: 0.01,
    deepSupervision: true,
  };
}

/** Spatial sizes per stage for a patch, full resolution first, bottleneck last. */
export function stageSizes(description: NetworkDescription, patchSize: readonly number[]): number[][] {
  const { dimension, pools } = description;
  if (patchSize.length !== dimension) {
    throw usageError({ what: `a patch of ${patchSize.length} axes for a network of ${dimension}` });
  }
  const divisor = patchSize.map((_, i) => pools.reduce((product, pool) => product * pool[i], 1));
  if (patchSize.some((n, i) => !Number.isInteger(n / divisor[i]) || n < 1)) {
    throw usageError({
      what: `a patch of ${patchSize.join(' x ')} voxels does not fit the poolings of the network`,
      remedy: `Use a multiple of ${divisor.join(' x ')}.`,
    });
  }
  const sizes = [[...patchSize]];
  for (const pool of pools) sizes.push(sizes[sizes.length - 1].map((n, i) => n / pool[i]));
  return sizes;
}

/**
 * Shapes of the outputs for a batch, (samples, classes, …spatial), full resolution first: one per pool with deep
 * supervision, else one.
 */
export function outputShapes(
  description: NetworkDescription,
  patchSize: readonly number[],
  samples: number,
): number[][] {
  const sizes = stageSizes(description, patchSize);
  const count = description.deepSupervision ? description.pools.length : 1;
  return sizes.slice(0, Math.max(1, count)).map((size) => [samples, description.classes, ...size]);
}
