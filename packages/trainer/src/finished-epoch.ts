import { MovingAverage } from './moving-average.ts';
import type { TrainingLog } from './training-log.ts';
import type { TrainingState } from './training-state.ts';

/** A finished epoch. */
export interface EpochReport {
  /** Number of the epoch, from 1. */
  epoch: number;
  epochs: number;
  trainLoss: number;
  validationLoss: number;
  /** Online Dice of the classes that occurred. */
  dice: number[];
  /** Online Dice of every class or region; NaN for those that did not occur. */
  classDice: number[];
  /** Mean of the classes that occurred; NaN where none did. */
  metric: number;
  /** Moving average of the metric; null before its first value. */
  criterion: number | null;
  /** Whether the criterion is greater than ever before. */
  improved: boolean;
  /** Learning rate used in the epoch, at its start. */
  learningRate: number;
  seconds: number;
  /** Fraction of the training steps' time spent waiting for batches. */
  waitingShare: number;
  log: TrainingLog;
}

/** Results of an epoch's training and validation. */
export type EpochResult = Omit<EpochReport, 'epoch' | 'epochs' | 'criterion' | 'improved' | 'log'>;

/** Weights of the previous value in v1's moving averages. */
const KEEP_CRITERION = 0.9;
const KEEP_TRAIN_LOSS = 0.93;

/** Records a finished epoch in the state. Runs without interruption, so that no one sees a half-updated state. */
export function closeEpoch(state: TrainingState, result: EpochResult): EpochReport {
  const { log, best, settings } = state;
  log.trainLosses.push(result.trainLoss);
  log.validationLosses.push(result.validationLoss);
  log.validationMetrics.push(result.metric);
  log.learningRates.push(result.learningRate);
  log.epochSeconds.push(result.seconds);
  log.waitingShares.push(result.waitingShare);
  const averaged = (keep: number, before: number | null, value: number) => {
    const average = new MovingAverage(keep, before);
    average.add(value);
    return average.value;
  };
  state.trainLossAverage = averaged(KEEP_TRAIN_LOSS, state.trainLossAverage, result.trainLoss);
  const criterion = averaged(KEEP_CRITERION, state.criterion, result.metric);
  state.criterion = criterion;
  const improved = criterion !== null && (best === null || criterion > best);
  if (improved) state.best = criterion;
  state.epoch++;
  state.iterationLosses = [];
  return { ...result, epoch: state.epoch, epochs: settings.epochs, criterion, improved, log: structuredClone(log) };
}

/**
 * What the log says of an epoch.
 *
 * @param rate learning rate: v1 tells that of the epoch that follows, v2 that of the epoch itself
 */
export function linesOfEpoch(report: EpochReport, rate: number): string[] {
  const { trainLoss, validationLoss, dice, metric, waitingShare, seconds } = report;
  return [
    `train loss : ${trainLoss.toFixed(4)}`,
    `validation loss: ${validationLoss.toFixed(4)}`,
    `Average global foreground Dice: [${dice.map((d) => d.toFixed(4)).join(', ')}]`,
    '(an estimate from random patches, not the Dice of whole images)',
    ...(Number.isNaN(metric) ? ['no foreground in the validation patches; the moving average skips this epoch'] : []),
    `lr: ${rate.toFixed(6)}`,
    `waiting for data: ${(100 * waitingShare).toFixed(1)} % of the training steps`,
    `This epoch took ${seconds.toFixed(6)} s`,
  ];
}
