import { describeNetwork, type NetworkPlans } from './describe-network.ts';
import { inSinglePrecision, matchWeights, type Shaped, type StateDict } from './import-weights.ts';
import type { NetworkDescription } from './network-description.ts';
import type { Parameters } from './parameters.ts';
import { networkVariantOf } from './v1-variants.ts';

/**
 * Describes the network of a v1 model. Channels and classes are read from its weights, because a cascade or regions
 * change them.
 *
 * @param options `stage`: key of plans_per_stage; `trainer`: name of the class, as in the model's `name`
 * @returns `known`: whether v1 has a trainer of this name. If not, the network is that of nnUNetTrainerV2, or of its
 * residual counterpart if the weights indicate it; a custom nonlinearity would go unnoticed.
 */
export function describeV1Model(options: {
  plans: NetworkPlans;
  stage: number;
  trainer: string;
  stateDict: ReadonlyMap<string, Shaped>;
}): { description: NetworkDescription; known: boolean } {
  const { plans, stage, trainer, stateDict } = options;
  const shapes = new Map([...stateDict].map(([key, tensor]) => [withoutModule(key), tensor.shape]));
  const has = (name: string) => shapes.has(name);
  const residual = has('encoder.initial_conv.weight');
  const variant = networkVariantOf(trainer);
  const first = shapes.get(residual ? 'encoder.initial_conv.weight' : 'conv_blocks_context.0.blocks.0.conv.weight');
  const head = shapes.get(residual ? 'decoder.segmentation_output.weight' : 'seg_outputs.0.weight');
  const description = describeNetwork(plans, stage, {
    ...(first === undefined ? {} : { inputChannels: first[1] }),
    ...(head === undefined ? {} : { classes: head[0] }),
    variant: {
      ...(variant ?? (residual ? networkVariantOf('nnUNetTrainerV2_ResencUNet') : {})),
      // The releases of v1 differ in the biases of a residual encoder U-Net.
      ...(residual ? { convolutionBias: has('encoder.initial_conv.bias') } : {}),
      headBias: has(residual ? 'decoder.segmentation_output.bias' : 'seg_outputs.0.bias'),
    },
  });
  return { description, known: variant !== undefined };
}

/**
 * Selects the weights of a v1 network from a model's `state_dict`, under v1's names: removes prefixes of parallel
 * training, duplicate entries and batch norms' batch counts. Reads no data, so tensors may still be unread in a file.
 *
 * @param trainer name of its class, for the error message if the weights do not match
 * @throws NnUNetError 'bad-weights' unless all names and shapes are those of the network
 */
export function matchV1Weights<T extends Shaped>(
  stateDict: ReadonlyMap<string, T>,
  description: NetworkDescription,
  trainer?: string,
): Map<string, T> {
  const unknown = trainer !== undefined && networkVariantOf(trainer) === undefined;
  return matchWeights(stateDict, description, {
    plainName: plainNameV1,
    hint: unknown
      ? `The trainer ${trainer} is unknown, and its network is not that of nnUNetTrainerV2, so it cannot be imported.`
      : 'Use the plans, stage and trainer with which the weights were trained.',
  });
}

/** Returns the name of a parameter without the prefix of parallel training; undefined for duplicates and batch counts. */
export function plainNameV1(key: string): string | undefined {
  const leftOut = key.endsWith('.num_batches_tracked') || /\.all\.\d+\./.test(key);
  return leftOut ? undefined : withoutModule(key);
}

/** Returns the weights themselves: see {@link matchV1Weights}. */
export function importV1Weights(stateDict: StateDict, description: NetworkDescription, trainer?: string): Parameters {
  return inSinglePrecision(matchV1Weights(stateDict, description, trainer));
}

function withoutModule(key: string): string {
  return key.replace(/^module\./, '');
}
