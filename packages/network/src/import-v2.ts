import { inSinglePrecision, matchWeights, type Shaped, type StateDict } from './import-weights.ts';
import type { NetworkDescription } from './network-description.ts';
import type { Parameters } from './parameters.ts';

/**
 * The entries of a checkpoint's `network_weights` that are the weights of a network of v2, under v2's names: prefixes of
 * compiled and parallel networks, doubled entries (`all_modules`, the encoder inside the decoder) and counts of batches are
 * left out. Reads no data, so that tensors that are still in a file need not be read in vain.
 * @throws NnUNetError 'bad-weights' unless all names and shapes are those of the network
 */
export function matchV2Weights<T extends Shaped>(
  networkWeights: ReadonlyMap<string, T>,
  description: NetworkDescription,
): Map<string, T> {
  return matchWeights(networkWeights, description, {
    plainName(key) {
      const name = key.replace(/^((module|_orig_mod)\.)+/, '');
      const doubled = name.startsWith('decoder.encoder.') || name.includes('.all_modules.');
      return doubled || name.endsWith('.num_batches_tracked') ? undefined : name;
    },
    hint: 'Use plans.json, dataset.json and checkpoint from the same model folder.',
  });
}

/** The weights themselves: see {@link matchV2Weights}. */
export function importV2Weights(networkWeights: StateDict, description: NetworkDescription): Parameters {
  return inSinglePrecision(matchV2Weights(networkWeights, description));
}
