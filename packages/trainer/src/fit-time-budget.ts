import { usageError } from '@nnunet/errors';
import { defaultSettings, type TrainingSettings } from './training-settings.ts';

/** Epochs that a time budget is divided into, where the length of an epoch is free: enough for a curve and a best model. */
const EPOCHS = 10;
/** The validation is given this much more than it should take: estimates err. */
const CAUTION = 1.2;

/** Seconds that a training takes here, measured or foreseen. */
export interface TrainingTimes {
  /** A training iteration, waiting for its batch included. */
  step: number;
  /** A validation iteration. */
  evaluation: number;
  /** Predicting and scoring the validation cases after training; 0 where that is left out. */
  validation: number;
}

/**
 * Fits a training to its time budget: reserves time for the validation cases, and shortens epochs so that about ten fit
 * into the rest, unless the user chose their length. Without a budget, nothing changes.
 *
 * @param given the user's choices
 * @param settings complete settings, including `given`
 * @param spent seconds of the budget already used
 * @throws NnUNetError 'usage' if the budget leaves no time to train
 */
export function fitTimeBudget(
  given: Partial<TrainingSettings>,
  settings: TrainingSettings,
  { step, evaluation, validation }: TrainingTimes,
  spent: number,
): TrainingSettings {
  const { timeBudget } = settings;
  if (timeBudget === null) return settings;
  const validationMinutes = (CAUTION * validation) / 60;
  const left = (timeBudget - validationMinutes) * 60 - spent;
  if (left < EPOCHS * (step + evaluation)) {
    throw usageError({
      what:
        `a time budget of ${minutes(timeBudget * 60)} leaves no time for training: the start took ${minutes(spent)}, ` +
        `predicting the validation cases takes about ${minutes(validation)}, one step ${step.toFixed(1)} s`,
      remedy: 'Give more time, or leave out the validation with `evaluate: false`.',
    });
  }
  const fitted = { ...settings, validationMinutes };
  if (given.iterationsPerEpoch !== undefined) return fitted;
  const free = given.validationIterationsPerEpoch === undefined;
  const fixed = free ? 0 : settings.validationIterationsPerEpoch * evaluation;
  const each = free ? step + evaluation / 5 : step;
  const iterations = Math.floor((left / EPOCHS - fixed) / each);
  fitted.iterationsPerEpoch = Math.min(defaultSettings.iterationsPerEpoch, Math.max(1, iterations));
  if (free) fitted.validationIterationsPerEpoch = Math.max(1, Math.round(fitted.iterationsPerEpoch / 5));
  return fitted;
}

/** Seconds as this budget's messages and log lines say them. */
export function minutes(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`;
}
