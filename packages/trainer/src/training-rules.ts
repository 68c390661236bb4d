import type { TrainingLog } from './training-log.ts';

/** A trainer's decisions about the course of a training. */
export interface TrainingRules {
  /** Foreground classes. */
  classes: number;
  /** Learning rate, from the initial one and the completed fraction of the training. */
  learningRate(initial: number, share: number, log: TrainingLog): number;
  /** The step is rebuilt when this changes from one epoch to the next. */
  phase(share: number): number;
  /** Whether the training ends now. @param nextRate learning rate of the next epoch */
  hasSettled(log: TrainingLog, nextRate: number): boolean;
  /** Whether the first epoch already saves a best model, as in nnU-Net v2. Default: false. */
  savesFirstBest?: boolean;
  /** Whether the log tells the rate that a finished epoch had, as in nnU-Net v2; v1 tells the next one's. Default: false. */
  tellsOwnRate?: boolean;
  /** Epochs between two `model_latest` checkpoints. */
  checkpointEvery: number;
  /** If nothing was learnt by this epoch, continue with this momentum and redrawn convolutions; null: never. */
  rescue: { afterEpoch: number; momentum: number } | null;
}
