import { findLearningRate, forecastTraining, previewBatches, type TrainingForecast } from '@nnunet/trainer/node';
import type { PlannedFold } from './fold-rules.ts';
import type { Reporter } from './reporter.ts';
import { foldsIn } from './task-folds.ts';

/** The expected cost of training a fold on this machine. */
export interface FoldForecast extends TrainingForecast {
  /** Number of folds of the task. */
  folds: number;
}

/** Forecasts the cost of training a fold on this machine. */
export async function forecastPlanned(fold: PlannedFold): Promise<FoldForecast> {
  const forecast = await forecastTraining(fold);
  return { ...forecast, folds: (await foldsIn(fold.preprocessedFolder)).length };
}

/** Draws the first batches of a fold. Returns the paths of the pictures. */
export async function previewPlanned(fold: PlannedFold, count: number, reporter: Reporter): Promise<string[]> {
  return previewBatches({
    ...fold,
    evaluate: false,
    count,
    onProgress: (done) => reporter.progress({ what: 'drawing batches', done, total: count }),
  });
}

/** Tries learning rates on a fold. Returns the path of the picture. */
export async function searchPlannedRate(fold: PlannedFold, reporter: Reporter): Promise<string> {
  const { file } = await findLearningRate({
    ...fold,
    evaluate: false,
    onProgress: ({ done, total, point }) =>
      reporter.progress({
        what: 'trying learning rates',
        done,
        total,
        note: `${point.learningRate.toExponential(1)}: loss + 1 = ${point.loss.toFixed(3)}`,
      }),
  });
  return file;
}
