import { type NameAmong, usageError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import type { Plans } from '@nnunet/schema';
import { type Architectures, shippedArchitectures } from './architecture-registry.ts';
import type { NetworkDescription, ShippedArchitecture } from './network-description.ts';
import { type NetworkSettings, nonlinearities, normKinds } from './network-settings.ts';
import { type NetworkStage, stageTopology } from './stage-topology.ts';
import { traceArchitecture } from './trace-architecture.ts';

/** A trainer's changes to the network of the plans. */
export type NetworkVariant = Partial<
  Pick<
    NetworkSettings,
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
  /** Name of a built-in architecture of v1, or of your own. */
  architecture?: NameAmong<Extract<ShippedArchitecture, 'Generic_UNet' | 'FabiansUNet'>>;
  baseFeatures?: number;
  /** Size of every kernel along every axis. */
  kernel?: number;
};

const variantKeys = {
  architecture: 1,
  baseFeatures: 1,
  kernel: 1,
  convolutionsPerStage: 1,
  convolutionBias: 1,
  headBias: 1,
  norm: 1,
  normEpsilon: 1,
  normGroups: 1,
  nonlinearity: 1,
  negativeSlope: 1,
  nonlinearityFirst: 1,
  initialisation: 1,
  deepSupervision: 1,
} satisfies Record<keyof NetworkVariant, 1>;

/** Maximum number of channels by dimension (v1's Generic_UNet: MAX_FILTERS_2D, MAX_NUM_FILTERS_3D). */
const maximalFeatures = { 2: 480, 3: 320 } as const;

/** The parts of v1's plans that a network depends on. */
export type NetworkPlans = Pick<
  Plans,
  'num_modalities' | 'num_classes' | 'base_num_features' | 'conv_per_stage' | 'architecture'
> & {
  plans_per_stage: Record<string, NetworkStage>;
};

/**
 * Describes the network of a stage of the plans, as built by v1's nnUNetTrainerV2.
 *
 * @param options `inputChannels`: default the plans' modalities (a cascade adds one per class); `classes`: output
 * channels, default the plans' classes and background; `variant`: changes made by a trainer; `architectures`: where the
 * name of the architecture is looked up, default the built-in ones
 * @throws NnUNetError 'usage' for a stage that the plans lack, plans of another architecture, or an unknown norm or
 * nonlinearity; 'unknown-architecture';
 * 'bad-architecture' for one of your own that makes no network for these plans
 */
export function describeNetwork(
  plans: NetworkPlans,
  stage: number,
  options: {
    inputChannels?: number;
    classes?: number;
    maximalFeatures?: number;
    variant?: NetworkVariant;
    architectures?: Architectures;
  } = {},
): NetworkDescription {
  const own: NetworkStage | undefined = plans.plans_per_stage[String(stage)];
  if (own === undefined) {
    const known = Object.keys(plans.plans_per_stage).join(', ');
    throw usageError({ what: `the plans have no stage ${stage}`, remedy: `Stages of these plans: ${known}.` });
  }
  const unknown = Object.keys(options.variant ?? {}).find((key) => !Object.hasOwn(variantKeys, key));
  if (unknown !== undefined) {
    throw usageError({
      what: `the variant of a network has the unknown key "${unknown}"`,
      remedy: nearestNames(unknown, Object.keys(variantKeys), 'The networkVariant of the trainer gives it.'),
    });
  }
  const dimension = own.patch_size.length === 2 ? 2 : 3;
  const {
    baseFeatures = plans.base_num_features,
    kernel,
    architecture = plans.architecture ?? 'Generic_UNet',
    ...variant
  } = options.variant ?? {};
  const architectureClass = (options.architectures ?? shippedArchitectures).get(architecture);
  const shipped = shippedArchitectures.names().includes(architecture);
  const { pools, kernels, ...blocks } = stageTopology(own, shipped ? architecture === 'FabiansUNet' : undefined);
  const limit = options.maximalFeatures ?? maximalFeatures[dimension];
  const features = [baseFeatures];
  for (const _ of pools) features.push(Math.min(2 * features.at(-1)!, limit));
  const settings: NetworkSettings = {
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
  requireKnown('norm', settings.norm, normKinds);
  requireKnown('nonlinearity', settings.nonlinearity ?? 'leakyRelu', nonlinearities);
  if (shipped) return { architecture, ...settings };
  return {
    architecture,
    ...settings,
    graph: traceArchitecture(architecture, architectureClass, settings, own.patch_size),
  };
}

function requireKnown(key: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw usageError({
    what: `a network has no ${key} called ${JSON.stringify(value)}`,
    remedy: `Known are ${known.join(', ')}. The networkVariant of the trainer names it.`,
  });
}
