import { readFileBytes } from '@nnunet/tensor/node/internal';
import { openTorchFile } from '@nnunet/torch-checkpoint/node';
import { decodeCheckpoint, type WeightMap } from '../checkpoint-format.ts';
import { readTorchWeights, tensorsOf } from '../read-torch-weights.ts';

/**
 * Reads the weights of a checkpoint of this program (`.safetensors`) or of nnU-Net v1 (`.model`), which uses the same
 * names.
 *
 * @throws NnUNetError 'missing-file', 'bad-safetensors', 'bad-checkpoint', 'bad-weights'
 */
export async function readCheckpointWeights(file: string): Promise<WeightMap> {
  if (file.endsWith('.safetensors')) return decodeCheckpoint(await readFileBytes(file), file).weights;
  const opened = await openTorchFile(file);
  try {
    return await readTorchWeights(tensorsOf(opened.value, 'state_dict', file), file);
  } finally {
    await opened.close();
  }
}
