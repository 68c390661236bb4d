import { usageError } from '@nnunet/errors';

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

/**
 * Fills in missing settings: first from `defaults` (a trainer's own), then validation iterations as a fifth of a
 * changed number of training iterations.
 *
 * @throws 'usage' for an invalid number
 */
export function resolveSettings(
  given: Partial<TrainingSettings> = {},
  defaults: TrainingSettings = defaultSettings,
): TrainingSettings {
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings: TrainingSettings = { ...defaults, ...chosen };
  if (given.validationIterationsPerEpoch === undefined && given.iterationsPerEpoch !== undefined)
    settings.validationIterationsPerEpoch = Math.max(1, Math.round(settings.iterationsPerEpoch / 5));
  requireCount('epochs', settings.epochs, 1);
  requireCount('iterations per epoch', settings.iterationsPerEpoch, 1);
  requireCount('validation iterations per epoch', settings.validationIterationsPerEpoch, 1);
  requireCount('seed', settings.seed, 0);
  if (settings.batchSize !== null) requireCount('batch size', settings.batchSize, 1);
  requirePositive('learning rate', settings.initialLearningRate);
  requirePositive('minutes between checkpoints', settings.checkpointMinutes);
  if (settings.timeBudget !== null) requirePositive('time budget (minutes)', settings.timeBudget);
  return settings;
}

/**
 * Returns the seconds of the time budget available for training, or null without a budget. The schedule follows them.
 */
export function trainingSeconds({ timeBudget, validationMinutes }: TrainingSettings): number | null {
  return timeBudget === null ? null : (timeBudget - validationMinutes) * 60;
}

function requireCount(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw usageError({ what: `${name}: ${value} is not an integer of at least ${least}` });
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0)) throw usageError({ what: `${name}: ${value} is not greater than 0` });
}
