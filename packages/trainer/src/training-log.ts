/** A record of each finished epoch; entry e of every list belongs to epoch e. */
export interface TrainingLog {
  trainLosses: number[];
  validationLosses: number[];
  /** Mean online Dice of the foreground classes; NaN where no class occurred. */
  validationMetrics: number[];
  learningRates: number[];
  /** Seconds per epoch. */
  epochSeconds: number[];
  /** Fraction of the time of an epoch's steps spent waiting for data. */
  waitingShares: number[];
}

export function emptyTrainingLog(): TrainingLog {
  return {
    trainLosses: [],
    validationLosses: [],
    validationMetrics: [],
    learningRates: [],
    epochSeconds: [],
    waitingShares: [],
  };
}
