import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '@nnunet/plot';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { batchPicture } from '../batch-picture.ts';
import { callTrainer } from '../check-trainer.ts';
import { createTrainer, type TrainerChoice } from '../create-trainer.ts';
import { trainingRecipe } from '../training-recipe.ts';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { foldData } from './fold-data.ts';
import { FoldFolder } from './fold-folder.ts';
import type { FoldTask } from './fold-task.ts';
import { LoadedBatches } from './loaded-batches.ts';
import type { TrainOptions } from './train.ts';

export interface PreviewBatchesOptions
  extends FoldTask,
    TrainerChoice,
    Pick<TrainOptions, 'transforms' | 'settings' | 'workers' | 'signal'> {
  /** Number of batches. */
  count: number;
  onProgress?: (done: number) => void;
}

/**
 * Draws the first training batches of a fold, augmented as the network will receive them, to `preview_batch_N.png` in
 * the fold's folder. Trains nothing.
 *
 * @returns the files
 * @throws the errors of `train`
 */
export async function previewBatches(options: PreviewBatchesOptions): Promise<string[]> {
  const { count, transforms, signal, onProgress, workers = 1 } = options;
  const trainer = createTrainer(options);
  callTrainer(trainer);
  const settings = resolveSettings({ ...options.settings, iterationsPerEpoch: count, epochs: 1 }, trainer.settings());
  const folder = new FoldFolder(options.modelFolder, options.fold);
  const { training, validation, cases } = await foldData(options, trainer);
  const recipe = trainingRecipe(trainer, settings.batchSize ?? trainer.stagePlans.batch_size, cases);
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
