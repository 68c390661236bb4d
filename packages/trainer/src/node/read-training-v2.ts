import { openTorchFile } from '@nnunet/torch-checkpoint/node';
import { defaultSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { trainingInV2 } from '../v2/checkpoint-v2.ts';

/**
 * Reads what a checkpoint of nnU-Net v2 says of its training, without reading its weights.
 *
 * @returns as {@link trainingInV2}; for a checkpoint of v2 itself, the settings are v2's defaults
 * @throws NnUNetError 'missing-file', 'bad-checkpoint'
 */
export async function readTrainingV2(file: string): Promise<ReturnType<typeof trainingInV2>> {
  const torch = await openTorchFile(file);
  try {
    return trainingInV2(torch.value, startingState(defaultSettings), file);
  } finally {
    await torch.close();
  }
}
