import { importWeights, type StateDict } from './import-weights.ts';
import type { NetworkDescription } from './network-description.ts';
import type { Parameters } from './parameters.ts';

/**
 * Weights of a model of v2 (`network_weights`), under the names of v2. Prefixes of compiled and parallel networks and
 * doubled entries (`all_modules`, the encoder inside the decoder) are left out, and so are counts of batches.
 * @throws NnUNetError 'bad-weights' unless all names and shapes are those of the network
 */
export function importV2Weights(networkWeights: StateDict, description: NetworkDescription): Parameters {
  return importWeights(networkWeights, description, {
    plainName(key) {
      const name = key.replace(/^((module|_orig_mod)\.)+/, '');
      const doubled = name.startsWith('decoder.encoder.') || name.includes('.all_modules.');
      return doubled || name.endsWith('.num_batches_tracked') ? undefined : name;
    },
    hint: 'Use plans.json, dataset.json and checkpoint of the same model folder.',
  });
}
