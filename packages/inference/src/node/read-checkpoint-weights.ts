import { plainNameV1, plainNameV2 } from '@nnunet/network/internal';
import { readFileBytes } from '@nnunet/tensor/node/internal';
import { openTorchFile } from '@nnunet/torch-checkpoint/node';
import { decodeCheckpoint, type WeightMap } from '../checkpoint-format.ts';
import { readTorchWeights, tensorsOf } from '../read-torch-weights.ts';

/**
 * Reads the weights of a checkpoint of this program (`.safetensors`), of nnU-Net v1 (`.model`) or of v2 (`.pth`), which
 * use the same names for the same networks.
 *
 * @throws NnUNetError 'missing-file', 'bad-safetensors', 'bad-checkpoint', 'bad-weights'
 */
export async function readCheckpointWeights(file: string): Promise<WeightMap> {
  if (file.endsWith('.safetensors')) return decodeCheckpoint(await readFileBytes(file), file).weights;
  const opened = await openTorchFile(file);
  try {
    const ofV2 = opened.value instanceof Map && opened.value.has('network_weights');
    const plainName = ofV2 ? plainNameV2 : plainNameV1;
    const named = [...tensorsOf(opened.value, ofV2 ? 'network_weights' : 'state_dict', file)].flatMap(
      ([key, tensor]) => {
        const name = plainName(key);
        return name === undefined ? [] : [[name, tensor] as const];
      },
    );
    return await readTorchWeights(new Map(named), file);
  } finally {
    await opened.close();
  }
}
