import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '@nnunet/plot';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { batchPicture } from '../batch-picture.ts';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { foldTrial, type TrialOptions } from './fold-trial.ts';
import { LoadedBatches } from './loaded-batches.ts';

export type PreviewBatchesOptions = TrialOptions & {
  /** Number of batches. */
  count: number;
  onProgress?: (done: number) => void;
};

/**
 * Draws the first training batches of a fold, augmented as the network will receive them, to `preview_batch_N.png` in
 * the fold's folder. Trains nothing.
 *
 * @returns the files
 * @throws the errors of `train` or `trainV2`
 */
export async function previewBatches(options: PreviewBatchesOptions): Promise<string[]> {
  const { count, signal, onProgress, workers = 1 } = options;
  const trial = foldTrial(options);
  const { trainer, folder, transforms } = trial;
  const settings = resolveSettings({ ...options.settings, iterationsPerEpoch: count, epochs: 1 }, trainer.settings());
  const { training, validation, cases } = await trial.data();
  const recipe = trial.recipe(settings.batchSize ?? trainer.plannedBatchSize, cases);
  const state = startingState(settings, trainer.optimizer().momentum);
  const batches = new LoadedBatches({ training, validation, recipe, transforms, state, workers });
  const files: string[] = [];
  try {
    for (let i = 0; i < count; i++) {
      signal?.throwIfAborted();
      const file = join(folder.path, `preview_batch_${i}.png`);
      const picture = encodePng(batchPicture(await batches.training()));
      await mkdir(folder.path, { recursive: true });
      await writeFileAtomic(file, picture);
      files.push(file);
      onProgress?.(files.length);
    }
  } finally {
    await batches.close();
  }
  return files;
}
