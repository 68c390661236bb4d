import { NnUNetError } from '@nnunet/errors';

/** The parts of v2's plans.json that the network depends on. */
export interface PlansV2 {
  configurations: Record<string, Partial<ConfigurationV2> & { inherits_from?: string }>;
}

export interface ConfigurationV2 {
  patch_size: number[];
  previous_stage?: string | null;
  architecture?: ArchitectureV2;
  /** In older plans, instead of `architecture`. */
  UNet_class_name?: string;
  UNet_base_num_features?: number;
  unet_max_num_features?: number;
  n_conv_per_stage_encoder?: number[];
  n_conv_per_stage_decoder?: number[];
  pool_op_kernel_sizes?: number[][];
  conv_kernel_sizes?: number[][];
}

type PerStage = number | readonly number[];
type PerStageAndAxis = number | readonly (number | readonly number[])[];

export interface ArchitectureV2 {
  /** A Python class with its modules; only the last part is used. */
  network_class_name: string;
  arch_kwargs: {
    n_stages: number;
    features_per_stage: PerStage;
    kernel_sizes: PerStageAndAxis;
    strides: PerStageAndAxis;
    n_conv_per_stage?: PerStage;
    n_blocks_per_stage?: PerStage;
    n_conv_per_stage_decoder: PerStage;
    conv_bias?: boolean;
    norm_op?: string | null;
    norm_op_kwargs?: { eps?: number; affine?: boolean } | null;
    nonlin?: string | null;
    nonlin_kwargs?: { negative_slope?: number; approximate?: string } | null;
    nonlin_first?: boolean;
  };
}

/**
 * Returns a configuration of the plans, merged with those it inherits from (its own keys win).
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-plans' if no configuration has this name
 */
export function configurationV2(
  { configurations = {} }: Partial<PlansV2>,
  name: string,
  where = 'plans.json',
  below: readonly string[] = [],
): ConfigurationV2 {
  const own = Object.hasOwn(configurations, name) ? configurations[name] : undefined;
  if (own === undefined || below.includes(name)) {
    throw new NnUNetError('bad-plans', {
      what: own === undefined ? `the plans have no configuration ${name}` : `${name} inherits from itself`,
      where,
      remedy: `Configurations of these plans: ${Object.keys(configurations).join(', ')}.`,
    });
  }
  const { inherits_from: parent, ...keys } = own;
  const inherited =
    typeof parent === 'string' ? configurationV2({ configurations }, parent, where, [...below, name]) : {};
  return { ...inherited, ...keys } as ConfigurationV2;
}

/**
 * Returns the architecture of a configuration; for older plans, assembles it from single keys.
 *
 * @throws NnUNetError 'bad-plans' if there is neither
 */
export function architectureOf(configuration: ConfigurationV2): ArchitectureV2 {
  if (configuration.architecture !== undefined) return configuration.architecture;
  const { UNet_class_name, UNet_base_num_features: base, unet_max_num_features: limit } = configuration;
  const { n_conv_per_stage_encoder: encoder, n_conv_per_stage_decoder: decoder } = configuration;
  const { pool_op_kernel_sizes: strides, conv_kernel_sizes: kernels } = configuration;
  if (!UNet_class_name || !base || !limit || !encoder || !decoder || !strides || !kernels) {
    throw new NnUNetError('bad-plans', {
      what: 'the plans do not describe the network',
      where: 'plans.json',
      remedy: 'They need "architecture" or, in older plans, "UNet_class_name" and its settings.',
    });
  }
  return {
    network_class_name: UNet_class_name,
    arch_kwargs: {
      n_stages: encoder.length,
      features_per_stage: encoder.map((_, stage) => Math.min(base * 2 ** stage, limit)),
      kernel_sizes: kernels,
      strides,
      n_conv_per_stage: encoder,
      n_blocks_per_stage: encoder,
      n_conv_per_stage_decoder: decoder,
      conv_bias: true,
      norm_op: `InstanceNorm${configuration.patch_size.length}d`,
      norm_op_kwargs: { eps: 1e-5, affine: true },
      nonlin: 'LeakyReLU',
      nonlin_kwargs: {},
    },
  };
}
