import { trainingSeconds } from './training-settings.ts';
import type { TrainingState } from './training-state.ts';

/** The progress of a training: by epochs, and by time if there is a budget. */
export interface TrainingPosition {
  /** Index of the current epoch. */
  epoch: number;
  epochs: number;
  /** Fraction of the time budget used so far; 0 without one. */
  elapsedShare: number;
}

/** Returns the completed fraction of a training, in [0, 1]: of its epochs, or of its time budget if that is greater. */
export function finishedShare({ epoch, epochs, elapsedShare }: TrainingPosition): number {
  return Math.min(1, Math.max(epoch / epochs, elapsedShare));
}

/** Returns the completed fraction of a stopped training. */
export function shareOfState({ epoch, elapsedSeconds, settings }: TrainingState): number {
  const seconds = trainingSeconds(settings);
  return finishedShare({
    epoch,
    epochs: settings.epochs,
    elapsedShare: seconds === null ? 0 : elapsedSeconds / seconds,
  });
}

/**
 * Returns the learning rate of the polynomial schedule: initial · (1 − share)^exponent.
 *
 * Origin: v1's `poly_lr`, there with share = epoch / epochs.
 */
export function polyLearningRate(initial: number, share: number, exponent = 0.9): number {
  return initial * (1 - share) ** exponent;
}

/** Returns whether a number can be a learning rate. */
export function isRate(rate: number): boolean {
  return Number.isFinite(rate) && rate >= 0;
}
