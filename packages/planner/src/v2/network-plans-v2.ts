import type { NetworkPlansV2 } from './plans-v2.ts';
import type { TopologyV2 } from './topology-v2.ts';

/** Blocks per stage of the encoder of a ResidualEncoderUNet, highest resolution first. */
const RESIDUAL_BLOCKS = [1, 3, 4, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6];

/** Convolutions per stage of a PlainConvUNet, and the most stages that v2 plans. */
const PLAIN_CONVOLUTIONS = new Array<number>(14).fill(2);

/**
 * Describes a network in the plans as v2 does.
 *
 * @param options `residual`: a ResidualEncoderUNet instead of a PlainConvUNet; `baseFeatures` of the first stage, which
 * double in each stage up to `maxFeatures`
 */
export function networkPlansV2(
  { strides, kernels }: Pick<TopologyV2, 'strides' | 'kernels'>,
  {
    dimensions,
    residual,
    baseFeatures,
    maxFeatures,
  }: { dimensions: '2d' | '3d'; residual: boolean; baseFeatures: number; maxFeatures: number },
): NetworkPlansV2 {
  const stages = strides.length;
  const encoder = residual
    ? { n_blocks_per_stage: RESIDUAL_BLOCKS.slice(0, stages) }
    : { n_conv_per_stage: PLAIN_CONVOLUTIONS.slice(0, stages) };
  const name = residual ? 'ResidualEncoderUNet' : 'PlainConvUNet';
  return {
    network_class_name: `dynamic_network_architectures.architectures.unet.${name}`,
    arch_kwargs: {
      n_stages: stages,
      features_per_stage: strides.map((_, stage) => Math.min(baseFeatures * 2 ** stage, maxFeatures)),
      conv_op: `torch.nn.modules.conv.Conv${dimensions}`,
      kernel_sizes: kernels,
      strides,
      ...encoder,
      n_conv_per_stage_decoder: new Array<number>(stages - 1).fill(residual ? 1 : 2),
      conv_bias: true,
      norm_op: `torch.nn.modules.instancenorm.InstanceNorm${dimensions}`,
      norm_op_kwargs: { eps: 1e-5, affine: true },
      dropout_op: null,
      dropout_op_kwargs: null,
      nonlin: 'torch.nn.LeakyReLU',
      nonlin_kwargs: { inplace: true },
    },
    _kw_requires_import: ['conv_op', 'norm_op', 'dropout_op', 'nonlin'],
  };
}
