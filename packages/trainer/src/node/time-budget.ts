import { fitTimeBudget, minutes, type TrainingTimes } from '../fit-time-budget.ts';
import type { TrainingSettings } from '../training-settings.ts';
import { forecastValidation } from './forecast-validation.ts';
import { type MeasureStepsOptions, measureSteps } from './measure-steps.ts';

export interface ForecastTimesOptions extends MeasureStepsOptions {
  /** Whether the validation cases are predicted afterwards. */
  evaluate?: boolean;
}

/**
 * Measures what a step and predicting the validation cases take on this machine, with a few steps of a temporary
 * network.
 */
export async function forecastTimes(options: ForecastTimesOptions): Promise<TrainingTimes> {
  const { trainer, data, evaluate = false, batchSize } = options;
  const times = await measureSteps(options);
  const cases = evaluate ? data.split.val : [];
  return { ...times, validation: await forecastValidation(data.folder, cases, trainer, times.evaluation / batchSize) };
}

/**
 * Returns the settings of a new training with a time budget: see {@link fitTimeBudget}.
 *
 * @param given the user's choices
 * @param spent returns the seconds of the budget already used, called after the steps are measured
 * @returns the settings, and the choices made in words
 */
export async function settingsInTime(
  options: ForecastTimesOptions,
  given: Partial<TrainingSettings>,
  settings: TrainingSettings,
  spent: () => number,
): Promise<{ settings: TrainingSettings; words: string }> {
  const times = await forecastTimes(options);
  const started = spent();
  const fitted = fitTimeBudget(given, settings, times, started);
  const { iterationsPerEpoch: iterations, validationIterationsPerEpoch: evaluations, timeBudget } = fitted;
  const epochSeconds = iterations * times.step + evaluations * times.evaluation;
  const seconds = (timeBudget! - fitted.validationMinutes) * 60 - started;
  const epochs = Math.max(1, Math.round(seconds / epochSeconds));
  const kept =
    times.validation === 0 ? '' : `, ${minutes(fitted.validationMinutes * 60)} are reserved for the validation`;
  const words =
    `time budget of ${minutes(timeBudget! * 60)}: the start took ${minutes(started)}${kept}; ` +
    `about ${epochs} epochs of ${iterations} training and ${evaluations} validation iterations (${times.step.toFixed(2)} s a step)`;
  return { settings: fitted, words };
}
