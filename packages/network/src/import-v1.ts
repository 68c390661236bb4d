import { inSinglePrecision, matchWeights, type Shaped, type StateDict } from './import-weights.ts';
import { describeNetwork, type NetworkDescription, type NetworkPlans } from './network-description.ts';
import type { Parameters } from './parameters.ts';
import { networkVariantOf } from './v1-variants.ts';

/**
 * The network of a model of v1. Channels and classes are read from its weights, for a cascade and regions change them.
 * @param options `stage`: key of plans_per_stage; `trainer`: name of the class, as in the model's `name`
 * @returns `known`: whether v1 has a trainer of this name; if not, the network is that of nnUNetTrainerV2, or its residual
 *   counterpart where the weights say so, and a nonlinearity of its own would go unnoticed
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
 * The entries of a model's `state_dict` that are the weights of a network of v1, under v1's names: prefixes of parallel
 * training, doubled entries and the counts of batches of batch norms are left out. Reads no data, so that tensors that are
 * still in a file need not be read in vain.
 * @param trainer name of its class, for the message where the weights do not fit
 * @throws NnUNetError 'bad-weights' unless all names and shapes are those of the network
 */
export function matchV1Weights<T extends Shaped>(
  stateDict: ReadonlyMap<string, T>,
  description: NetworkDescription,
  trainer?: string,
): Map<string, T> {
  const unknown = trainer !== undefined && networkVariantOf(trainer) === undefined;
  return matchWeights(stateDict, description, {
    plainName(key) {
      const leftOut = key.endsWith('.num_batches_tracked') || /\.all\.\d+\./.test(key);
      return leftOut ? undefined : withoutModule(key);
    },
    hint: unknown
      ? `The trainer ${trainer} is unknown, and its network is not that of nnUNetTrainerV2, so it cannot be imported.`
      : 'Use the plans, stage and trainer with which the weights were trained.',
  });
}

/** The weights themselves: see {@link matchV1Weights}. */
export function importV1Weights(stateDict: StateDict, description: NetworkDescription, trainer?: string): Parameters {
  return inSinglePrecision(matchV1Weights(stateDict, description, trainer));
}

function withoutModule(key: string): string {
  return key.replace(/^module\./, '');
}
