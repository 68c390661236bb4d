import { trainingSeconds } from './training-settings.ts';
import type { TrainingState } from './training-state.ts';

/** How far a training is: by epochs, and by time where a budget was given. */
export interface TrainingPosition {
  /** Index of the running epoch. */
  epoch: number;
  epochs: number;
  /** Share of the time budget used so far, 0 without one. */
  elapsedShare: number;
}

/**
 * Share of a training that lies behind, in [0, 1]: that of its epochs, or that of its time budget if that is further.
 */
export function finishedShare({ epoch, epochs, elapsedShare }: TrainingPosition): number {
  return Math.min(1, Math.max(epoch / epochs, elapsedShare));
}

/** Share of a training that lies behind where it was stopped. */
export function shareOfState({ epoch, elapsedSeconds, settings }: TrainingState): number {
  const seconds = trainingSeconds(settings);
  return finishedShare({
    epoch,
    epochs: settings.epochs,
    elapsedShare: seconds === null ? 0 : elapsedSeconds / seconds,
  });
}

/**
 * Learning rate of the polynomial schedule: initial · (1 − share)^exponent.
 *
 * Origin: v1's `poly_lr`, there with share = epoch / epochs.
 */
export function polyLearningRate(initial: number, share: number, exponent = 0.9): number {
  return initial * (1 - share) ** exponent;
}

/** Whether a number can be a learning rate. */
export function isRate(rate: number): boolean {
  return Number.isFinite(rate) && rate >= 0;
}
