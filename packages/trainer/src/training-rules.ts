import type { TrainingLog } from './training-log.ts';

/** What a trainer decides about the course of a training. */
export interface TrainingRules {
  /** Foreground classes. */
  classes: number;
  /** Learning rate from the initial one and the share of the training that lies behind. */
  learningRate(initial: number, share: number, log: TrainingLog): number;
  /** The step is built anew where this changes from one epoch to the next. */
  phase(share: number): number;
  /** Whether the training ends now. @param nextRate learning rate of the epoch that would follow */
  hasSettled(log: TrainingLog, nextRate: number): boolean;
  /** Epochs between two `model_latest`. */
  checkpointEvery: number;
  /** The momentum to go on with, and newly drawn convolutions, if nothing was learnt by this epoch; null: never. */
  rescue: { afterEpoch: number; momentum: number } | null;
}
