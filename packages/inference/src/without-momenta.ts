import { decodeSafetensors } from '@nnunet/tensor';
import { safetensorsChunks } from '@nnunet/tensor/internal';
import { METADATA_KEY, MOMENTUM_PREFIX } from './checkpoint-format.ts';

/**
 * Returns a checkpoint file without its optimiser's momenta, in chunks: half as large, with identical predictions. Its
 * training cannot be continued.
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-safetensors'
 */
export function withoutMomenta(bytes: Uint8Array, where: string): Uint8Array[] {
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  const kept = new Map([...tensors].filter(([name]) => !name.startsWith(MOMENTUM_PREFIX)));
  return safetensorsChunks(kept, { [METADATA_KEY]: metadata[METADATA_KEY]! });
}
