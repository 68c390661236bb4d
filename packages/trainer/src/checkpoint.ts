import type { ModelDescription, WeightMap } from '@nnunet/inference';
import { decodeCheckpoint, METADATA_KEY, MOMENTUM_PREFIX, WEIGHT_PREFIX } from '@nnunet/inference/internal';
import type { Tensor } from '@nnunet/tensor';
import { concatenate, safetensorsChunks } from '@nnunet/tensor/internal';
import { stateFromJson, stateToJson, type TrainingState } from './training-state.ts';

/** A stored training, from which predictions can be made and training continues as if it had not stopped. */
export interface Checkpoint {
  model: ModelDescription;
  /** Task, fold and the like, for information only. */
  about: Record<string, unknown>;
  state: TrainingState;
  weights: WeightMap;
  /** By the names of the weights. */
  momenta: WeightMap;
}

/**
 * Encodes a checkpoint file, in chunks: tensors `weight.NAME` and `momentum.NAME`, and the rest as JSON in the
 * metadata.
 */
export function encodeCheckpoint({ model, about, state, weights, momenta }: Checkpoint): Uint8Array[] {
  const tensors = new Map<string, Tensor<Float32Array>>();
  for (const [name, tensor] of weights) tensors.set(WEIGHT_PREFIX + name, tensor);
  for (const [name, tensor] of momenta) tensors.set(MOMENTUM_PREFIX + name, tensor);
  const json = JSON.stringify({ version: 1, model, about, state: stateToJson(state) });
  return safetensorsChunks(tensors, { [METADATA_KEY]: json });
}

/**
 * Decodes a checkpoint with everything needed to continue its training.
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-safetensors', 'bad-checkpoint', 'bad-plans'
 */
export function decodeTrainingCheckpoint(bytes: Uint8Array, where: string): Checkpoint {
  const { description, weights, momenta, json } = decodeCheckpoint(bytes, where);
  const about = typeof json.about === 'object' && json.about !== null ? (json.about as Record<string, unknown>) : {};
  return { model: description, about, state: stateFromJson(json.state, where), weights, momenta };
}

/**
 * Writes and reads the JSON of a checkpoint, with a tensor of one number in place of its own.
 *
 * @throws NnUNetError as {@link decodeTrainingCheckpoint}, where it could not be read again
 */
export function requireReadable({ model, about, state }: Omit<Checkpoint, 'weights' | 'momenta'>, where: string): void {
  const weights: WeightMap = new Map([['one', { data: new Float32Array(1), shape: [1] }]]);
  const pieces = encodeCheckpoint({ model, about, state, weights, momenta: new Map() });
  decodeTrainingCheckpoint(concatenate(pieces), where);
}
