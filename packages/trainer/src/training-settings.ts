import { usageError } from '@nnunet/errors';
import { nearestNames, requireInteger, requirePositive } from '@nnunet/errors/internal';

/** The settings of a training that the user may choose; everything else follows from plans and trainer. */
export interface TrainingSettings {
  epochs: number;
  iterationsPerEpoch: number;
  validationIterationsPerEpoch: number;
  /** null: as planned. */
  batchSize: number | null;
  initialLearningRate: number;
  seed: number;
  /**
   * Minutes that the training may take, including its start and {@link validationMinutes}; null: only the epochs count.
   */
  timeBudget: number | null;
  /** Minutes of the time budget reserved for predicting the validation cases at the end. */
  validationMinutes: number;
  /** Minutes between two `model_latest` checkpoints, in addition to those of every 50th epoch. */
  checkpointMinutes: number;
}

export const defaultSettings: TrainingSettings = {
  epochs: 1000,
  iterationsPerEpoch: 250,
  validationIterationsPerEpoch: 50,
  batchSize: null,
  initialLearningRate: 0.01,
  seed: 12345,
  timeBudget: null,
  validationMinutes: 0,
  checkpointMinutes: 10,
};

/** A key that is no setting, and what it may stand for; null if all keys are known. */
export function unknownSetting(settings: object): { key: string; remedy: string } | null {
  const key = Object.keys(settings).find((key) => !Object.hasOwn(defaultSettings, key));
  return key === undefined ? null : { key, remedy: nearestNames(key, Object.keys(defaultSettings)) };
}

/** @throws NnUNetError 'usage' naming the first key that is no setting, or the first that is not a valid number */
export function checkSettings(settings: Partial<TrainingSettings>): void {
  const unknown = unknownSetting(settings);
  if (unknown !== null) throw usageError({ what: `there is no setting called ${unknown.key}`, remedy: unknown.remedy });
  checkNumbers(settings);
}

function checkNumbers(settings: Partial<TrainingSettings>): void {
  for (const name of ['epochs', 'iterationsPerEpoch', 'validationIterationsPerEpoch'] as const)
    requireInteger(name, settings[name], 1);
  requireInteger('batchSize', settings.batchSize ?? undefined, 1);
  requireInteger('seed', settings.seed, 0);
  requirePositive('initialLearningRate', settings.initialLearningRate);
  requirePositive('checkpointMinutes', settings.checkpointMinutes);
  requirePositive('timeBudget', settings.timeBudget ?? undefined);
}

/**
 * Fills in missing settings: first from `defaults` (a trainer's own), then validation iterations as a fifth of a
 * changed number of training iterations.
 *
 * @throws the errors of {@link checkSettings}
 */
export function resolveSettings(
  given: Partial<TrainingSettings> = {},
  defaults: TrainingSettings = defaultSettings,
): TrainingSettings {
  checkSettings(given);
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings: TrainingSettings = { ...defaults, ...chosen };
  if (given.validationIterationsPerEpoch === undefined && given.iterationsPerEpoch !== undefined)
    settings.validationIterationsPerEpoch = Math.max(1, Math.round(settings.iterationsPerEpoch / 5));
  checkNumbers(settings);
  return settings;
}

/**
 * Returns the seconds of the time budget available for training, or null without a budget. The schedule follows them.
 */
export function trainingSeconds({ timeBudget, validationMinutes }: TrainingSettings): number | null {
  return timeBudget === null ? null : (timeBudget - validationMinutes) * 60;
}
