import { decodeCheckpoint, type WeightMap } from './checkpoint-format.ts';
import type { ModelRules } from './model-rules.ts';
import { RulesV1 } from './rules-v1.ts';

/** A model without sessions to run it. */
export interface StoredNetworks {
  rules: ModelRules;
  /** Weights per fold. */
  members: WeightMap[];
}

/**
 * Reads a model from the bytes of one file: a checkpoint of this program (`.safetensors`).
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-safetensors', 'bad-checkpoint', 'bad-plans', 'bad-weights'
 */
export async function readModelFile(bytes: Uint8Array, where: string): Promise<StoredNetworks> {
  const { description, weights } = decodeCheckpoint(bytes, where);
  return { rules: new RulesV1(description), members: [weights] };
}
