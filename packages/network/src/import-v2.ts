import { inSinglePrecision, matchWeights, type Shaped, type StateDict } from './import-weights.ts';
import type { NetworkDescription } from './network-description.ts';
import type { Parameters } from './parameters.ts';

/**
 * Selects the weights of a v2 network from a checkpoint's `network_weights`, under v2's names: removes prefixes of
 * compiled and parallel networks, duplicate entries (`all_modules`, the encoder inside the decoder) and batch counts.
 * Reads no data, so tensors may still be unread in a file.
 *
 * @throws NnUNetError 'bad-weights' unless all names and shapes are those of the network
 */
export function matchV2Weights<T extends Shaped>(
  networkWeights: ReadonlyMap<string, T>,
  description: NetworkDescription,
): Map<string, T> {
  return matchWeights(networkWeights, description, {
    plainName: plainNameV2,
    hint: 'Use plans.json, dataset.json and checkpoint from the same model folder.',
  });
}

/**
 * Returns the name of a parameter without the prefixes of compiled and parallel networks; undefined for duplicates and
 * batch counts.
 */
export function plainNameV2(key: string): string | undefined {
  const name = key.replace(/^((module|_orig_mod)\.)+/, '');
  const doubled = name.startsWith('decoder.encoder.') || name.includes('.all_modules.');
  return doubled || name.endsWith('.num_batches_tracked') ? undefined : name;
}

/** Returns the weights themselves: see {@link matchV2Weights}. */
export function importV2Weights(networkWeights: StateDict, description: NetworkDescription): Parameters {
  return inSinglePrecision(matchV2Weights(networkWeights, description));
}
