import { fitTimeBudget } from '../fit-time-budget.ts';
import { resolveSettings } from '../training-settings.ts';
import { checkMemory } from './check-memory.ts';
import { foldTrial, type TrialOptions } from './fold-trial.ts';
import { forecastTimes } from './time-budget.ts';

/** The expected cost of a training on this machine. Times in seconds. */
export interface TrainingForecast {
  /** Patches per step. */
  batchSize: number;
  /** Voxels, network order. */
  patchSize: number[];
  /** A line about the memory of a step. */
  memory: string;
  /** One training iteration, including waiting for its batch. */
  step: number;
  iterationsPerEpoch: number;
  validationIterationsPerEpoch: number;
  epoch: number;
  /** As many as the training has; with a time budget, as many as fit. */
  epochs: number;
  validationCases: number;
  /** Predicting and scoring the validation cases; 0 if they are not predicted. */
  validation: number;
  /** All epochs and the validation. */
  fold: number;
}

/**
 * Trains a temporary network for a few steps and forecasts how long training the fold takes. Keeps nothing.
 *
 * @throws the errors of `train` or `trainV2`: whatever a training would be refused for is refused here too
 */
export async function forecastTraining(options: TrialOptions): Promise<TrainingForecast> {
  const started = performance.now();
  const trial = foldTrial(options);
  const { trainer, transforms } = trial;
  const given = options.settings ?? {};
  const settings = resolveSettings(given, trainer.settings());
  const data = await trial.data();
  const batchSize = settings.batchSize ?? trainer.plannedBatchSize;
  const memory = await checkMemory({ ...options, trainer, batchSize, data });
  const recipe = trial.recipe(batchSize, data.cases);
  trial.check(settings, recipe);
  const times = await forecastTimes({
    ...options,
    trainer,
    transforms,
    data: { ...data, ...memory.data },
    recipe,
    batchSize,
  });
  const spent = (performance.now() - started) / 1000;
  const fitted = fitTimeBudget(given, settings, times, spent);
  const { iterationsPerEpoch, validationIterationsPerEpoch, timeBudget } = fitted;
  const epoch = iterationsPerEpoch * times.step + validationIterationsPerEpoch * times.evaluation;
  const inTime = timeBudget === null ? null : (timeBudget - fitted.validationMinutes) * 60 - spent;
  const epochs = inTime === null ? fitted.epochs : Math.min(fitted.epochs, Math.max(1, Math.round(inTime / epoch)));
  return {
    batchSize,
    patchSize: [...trainer.patchSize],
    memory: memory.line,
    step: times.step,
    iterationsPerEpoch,
    validationIterationsPerEpoch,
    epoch,
    epochs,
    validationCases: options.evaluate ? data.split.val.length : 0,
    validation: times.validation,
    fold: epochs * epoch + times.validation,
  };
}
