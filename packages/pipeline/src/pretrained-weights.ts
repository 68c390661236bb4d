import { decodeCheckpoint, type WeightMap } from '@nnunet/inference';
import { readFileBytes } from '@nnunet/tensor/node';

/**
 * Weights of a checkpoint file, to start a new training with.
 *
 * @throws NnUNetError 'missing-file', 'bad-safetensors', 'bad-checkpoint'
 */
export async function readPretrainedWeights(file: string): Promise<WeightMap> {
  return decodeCheckpoint(await readFileBytes(file), file).weights;
}
