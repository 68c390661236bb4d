import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { type TorchValue, torchCheckpointChunks } from '../torch-checkpoint-chunks.ts';

/**
 * Writes a file as `torch.save` does, in one step: see {@link torchCheckpointChunks}.
 *
 * @throws NnUNetError 'disk-full', 'no-access', …; TypeError for values that cannot be written
 */
export async function writeTorchFile(path: string, value: TorchValue): Promise<void> {
  await writeFileAtomic(path, torchCheckpointChunks(value));
}
