import { join } from 'node:path';
import { initialiseWeights } from '@nnunet/network';
import { svgToPng } from '@nnunet/plot/node';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { callTrainer } from '../check-trainer.ts';
import { createTrainer } from '../create-trainer.ts';
import { type LearningRatePoint, searchLearningRate } from '../learning-rate-finder.ts';
import { trainingRecipe } from '../training-recipe.ts';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { checkMemory } from './check-memory.ts';
import { foldData } from './fold-data.ts';
import { FoldFolder } from './fold-folder.ts';
import { learningRateChart } from './learning-rate-chart.ts';
import { LoadedBatches } from './loaded-batches.ts';
import { inLockedFold } from './locked-fold.ts';
import { startSessionEngine } from './session-engine.ts';
import type { TrainOptions } from './train.ts';

export interface FindLearningRateOptions
  extends Omit<
    TrainOptions,
    'continueTraining' | 'pretrainedWeights' | 'disableSaving' | 'listeners' | 'onEpoch' | 'onProgress' | 'onLog'
  > {
  /** Steps; 1000. */
  iterations?: number;
  onProgress?: (progress: { done: number; total: number; point: LearningRatePoint }) => void;
}

/**
 * Measures how the loss of the first steps depends on the learning rate, and draws it to `lr_finder.png` in the fold's
 * folder. Keeps nothing of the training.
 *
 * @throws the errors of `train`
 */
export async function findLearningRate(
  options: FindLearningRateOptions,
): Promise<{ points: LearningRatePoint[]; file: string }> {
  const { iterations = 1000, transforms, workers } = options;
  const trainer = createTrainer(options);
  callTrainer(trainer);
  const settings = resolveSettings({ ...options.settings, iterationsPerEpoch: iterations }, trainer.settings());
  const state = startingState({ ...settings, epochs: 1 }, trainer.optimizer().momentum);
  const folder = new FoldFolder(options.modelFolder, options.fold);
  return inLockedFold(folder, async () => {
    const data = await foldData(options, trainer);
    const batchSize = settings.batchSize ?? trainer.stagePlans.batch_size;
    const memory = await checkMemory({ ...options, trainer, batchSize, data });
    const recipe = trainingRecipe(trainer, batchSize, data.cases);
    const batches = new LoadedBatches({ ...memory.data, recipe, transforms, state, workers });
    try {
      const engine = await startSessionEngine({
        trainer,
        batchSize,
        seed: settings.seed,
        weights: initialiseWeights(trainer.network(), settings.seed),
        momentum: state.momentum,
        compute: options.compute,
      });
      const { signal, onProgress } = options;
      const points = await searchLearningRate({ engine, batches, iterations, signal, onProgress }).finally(() =>
        engine.dispose(),
      );
      const file = join(folder.path, 'lr_finder.png');
      await writeFileAtomic(file, svgToPng(learningRateChart(points)));
      return { points, file };
    } finally {
      await batches.close();
    }
  });
}
