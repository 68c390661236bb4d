import { isNnUNetError } from '@nnunet/errors';
import { type Architectures, describeNetwork, type NetworkDescription, parameterShapes } from '@nnunet/network';
import { networkVariantOf } from '@nnunet/network/internal';
import { estimateMemory, explainPlans } from '@nnunet/planner';
import { plannerOfIdentifier } from '@nnunet/planner/internal';
import type { Configuration, Plans } from '@nnunet/schema';
import { joinPath, plansFileName } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';
import { sizeOf } from '@nnunet/tensor';
import {
  type ExplainedPlans,
  type PlannedNetwork,
  type PlansExplanation,
  stepMemoryInWords,
} from './planned-network.ts';

/** The trainer whose network plans with residual blocks are made for. */
const RESIDUAL_TRAINER = 'nnUNetTrainerV2_ResencUNet';

/** Maximum number of channels in v1's estimate, which in 2D differs from that of the network. */
const ESTIMATE_FEATURES = { 2: 512, 3: 320 } as const;

/** Explains plans of v1, for 3D and 2D. */
export const explanationV1: PlansExplanation = async ({ folder, plansIdentifier, extensions }) => {
  const files = (['3D', '2D'] as const)
    .map((dimensions) => ({ dimensions, file: joinPath(folder, plansFileName(dimensions, plansIdentifier)) }))
    .filter(({ file }) => jsonOrPickleExists(file));
  const texts: ExplainedPlans['texts'] = [];
  const networks: PlannedNetwork[] = [];
  for (const { file, dimensions } of files) {
    const plans = await readPlans(file);
    const { own, unknown } = knownNetworks(plans, extensions.architectures);
    networks.push(...own);
    const { dataset_properties: fingerprint, list_of_npz_files: listOfNpzFiles } = plans;
    const planner = fingerprint && plannerOfIdentifier(plansIdentifier, dimensions, fingerprint, { listOfNpzFiles });
    const memory = own.map((network) => describeMemory(network, plans)).join('');
    texts.push({ file, text: `${explainPlans(plans, planner)}${memory}${unknown}` });
  }
  return { identifier: plansIdentifier, texts, networks };
};

/** The networks of plans; or, if their architecture is in a plug-in that was not loaded, a sentence saying so. */
function knownNetworks(plans: Plans, architectures: Architectures): { own: PlannedNetwork[]; unknown: string } {
  try {
    return { own: networksOf(plans, architectures), unknown: '' };
  } catch (error) {
    if (!isNnUNetError(error, 'unknown-architecture')) throw error;
    return { own: [], unknown: `Memory: unknown, because ${error.what}. Load its plug-in to see it.\n` };
  }
}

function networksOf(plans: Plans, architectures: Architectures): PlannedNetwork[] {
  const stages = Object.keys(plans.plans_per_stage).map(Number);
  const make = (configuration: Configuration, index: number, extraChannels = 0): PlannedNetwork => {
    const stage = plans.plans_per_stage[index]!;
    const inputChannels = plans.num_modalities + extraChannels;
    const variant = 'num_blocks_encoder' in stage ? networkVariantOf(RESIDUAL_TRAINER) : undefined;
    const description = describeNetwork(plans, index, {
      inputChannels,
      architectures,
      ...(plans.regions && { classes: plans.regions.length }),
      ...(variant && { variant }),
    });
    return {
      configuration,
      patch: stage.patch_size,
      batch: stage.batch_size,
      spacing: stage.current_spacing,
      medianCase: stage.median_patient_size_in_voxels,
      channels: Object.values(plans.modalities),
      normalizations: Object.values(plans.normalization_schemes),
      description,
    };
  };
  if (plans.plans_per_stage[stages[0]!]!.patch_size.length === 2) return [make('2d', stages[0]!)];
  if (stages.length === 1) return [make('3d_fullres', stages[0]!)];
  const [lowres, fullres] = [Math.min(...stages), Math.max(...stages)];
  return [
    make('3d_lowres', lowres),
    make('3d_fullres', fullres),
    make('3d_cascade_fullres', fullres, plans.num_classes),
  ];
}

/** Gives v1's own number and the bytes of this engine's training step. */
function describeMemory(network: PlannedNetwork, plans: Plans): string {
  const { configuration, patch, batch, description } = network;
  const values = estimateMemory({
    patch: [...patch],
    poolKernels: description.pools,
    baseFeatures: plans.base_num_features,
    maxFeatures: ESTIMATE_FEATURES[description.dimension],
    modalities: description.inputChannels,
    classes: description.classes,
    convPerStage: description.convolutionsPerStage,
  });
  return [
    `Memory of ${configuration}, batch ${batch}:`,
    ...(description.architecture !== 'Generic_UNet'
      ? describeOwn(description)
      : [
          `  v1's estimate of its own memory: ${(values / 1e6).toFixed(1)} million values per patch, ` +
            `${((values * batch) / 1e6).toFixed(1)} million per batch.`,
        ]),
    stepMemoryInWords(network),
    '',
  ].join('\n');
}

function describeOwn(description: NetworkDescription): string[] {
  if (description.graph === undefined) return [];
  const parameters = parameterShapes(description).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return [`  ${description.architecture}: ${(parameters / 1e6).toFixed(2)} million parameters.`];
}
