import { join } from 'node:path';
import { initialiseWeights } from '@nnunet/network';
import { svgToPng } from '@nnunet/plot/node';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { type LearningRatePoint, searchLearningRate } from '../learning-rate-finder.ts';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { checkMemory } from './check-memory.ts';
import { foldTrial, type TrialOptions } from './fold-trial.ts';
import { learningRateChart } from './learning-rate-chart.ts';
import { LoadedBatches } from './loaded-batches.ts';
import { inLockedFold } from './locked-fold.ts';
import { startSessionEngine } from './session-engine.ts';

export type FindLearningRateOptions = TrialOptions & {
  /** Steps; 1000. */
  iterations?: number;
  onProgress?: (progress: { done: number; total: number; point: LearningRatePoint }) => void;
};

/**
 * Measures how the loss of the first steps depends on the learning rate, and draws it to `lr_finder.png` in the fold's
 * folder. Keeps nothing of the training.
 *
 * @throws the errors of `train` or `trainV2`
 */
export async function findLearningRate(
  options: FindLearningRateOptions,
): Promise<{ points: LearningRatePoint[]; file: string }> {
  const { iterations = 1000, workers } = options;
  const trial = foldTrial(options);
  const { trainer, folder, transforms } = trial;
  const settings = resolveSettings({ ...options.settings, iterationsPerEpoch: iterations }, trainer.settings());
  const state = startingState({ ...settings, epochs: 1 }, trainer.optimizer().momentum);
  return inLockedFold(folder, async () => {
    const data = await trial.data();
    const batchSize = settings.batchSize ?? trainer.plannedBatchSize;
    const memory = await checkMemory({ ...options, trainer, batchSize, data });
    const recipe = trial.recipe(batchSize, data.cases);
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
