import { NnUNetError } from '@nnunet/errors';
import { parseJsonWithNaN } from '@nnunet/schema';
import { decodeSafetensors, type Tensor } from '@nnunet/tensor';
import { firstNotFinite } from '@nnunet/tensor/internal';
import { checkModelDescription, type ModelDescription } from './model-description.ts';

/** Tensors by PyTorch's parameter names, in PyTorch's layouts. */
export type WeightMap = Map<string, Tensor<Float32Array>>;

/** Prefixes of tensor names in a checkpoint: for weights and for their momenta. */
export const WEIGHT_PREFIX = 'weight.';
export const MOMENTUM_PREFIX = 'momentum.';

/** Key of the safetensors metadata that holds the checkpoint's JSON. */
export const METADATA_KEY = 'nnunet';

/** v1's base names for checkpoints. */
export const CHECKPOINT_NAMES = {
  final: 'model_final_checkpoint',
  best: 'model_best',
  latest: 'model_latest',
} as const;

export const CHECKPOINT_SUFFIX = '.safetensors';

/** The part of a checkpoint that every reader understands; a trainer finds the rest in `json` and `momenta`. */
export interface StoredModel {
  description: ModelDescription;
  weights: WeightMap;
  momenta: WeightMap;
  /** The checkpoint's whole JSON. */
  json: Record<string, unknown>;
}

/**
 * Decodes a checkpoint file.
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-safetensors', 'bad-checkpoint', 'bad-plans', 'bad-weights' if a value is not finite
 */
export function decodeCheckpoint(bytes: Uint8Array, where: string): StoredModel {
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  const json = checkpointJson(metadata, where);
  const part = (prefix: string): WeightMap => {
    const map: WeightMap = new Map();
    for (const [name, { data, shape }] of tensors)
      if (name.startsWith(prefix) && data instanceof Float32Array) map.set(name.slice(prefix.length), { data, shape });
    return map;
  };
  const weights = part(WEIGHT_PREFIX);
  if (weights.size === 0) throw damagedCheckpoint(where, `no tensor is named ${WEIGHT_PREFIX}…`);
  for (const [name, { data }] of weights) requireFiniteWeights(data, name, where);
  return { description: checkModelDescription(json.model, where), weights, momenta: part(MOMENTUM_PREFIX), json };
}

/**
 * Throws if a weight is not finite. A single NaN makes the whole output of the network NaN, and the most probable label
 * would then hide the problem as background.
 *
 * @throws NnUNetError 'bad-weights'
 */
export function requireFiniteWeights(data: Float32Array, name: string, where: string): void {
  const at = firstNotFinite(data);
  if (at < 0) return;
  throw new NnUNetError('bad-weights', {
    what: `its weights are not all finite: ${name} contains ${data[at]}`,
    where,
    remedy: 'The training diverged, or the file is damaged. Use an earlier checkpoint, or train again.',
  });
}

/** Returns the checkpoint's JSON in the metadata of a safetensors file. @throws NnUNetError 'bad-checkpoint' */
export function checkpointJson(metadata: unknown, where: string): Record<string, unknown> {
  const text = (metadata as Record<string, unknown> | undefined)?.[METADATA_KEY];
  if (typeof text !== 'string') throw damagedCheckpoint(where, `its metadata has no key "${METADATA_KEY}"`);
  let json: unknown;
  try {
    json = parseJsonWithNaN(text);
  } catch (cause) {
    throw damagedCheckpoint(where, `its metadata "${METADATA_KEY}" is not JSON`, cause);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw damagedCheckpoint(where, `its metadata "${METADATA_KEY}" is not an object`);
}

/** An error about a file that is no checkpoint, or a damaged one. */
export function damagedCheckpoint(where: string, what: string, cause?: unknown): NnUNetError {
  const remedy = 'This is not a checkpoint of this program, or it is damaged. Use another checkpoint, or train again.';
  return new NnUNetError('bad-checkpoint', { what, where, remedy, cause });
}
