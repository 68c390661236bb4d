import { type TrainingSettings, trainingSeconds } from './training-settings.ts';

/** Smoothing of step times: recent steps count more, since a machine's speed changes. */
const KEEP = 0.8;

/** Times training and validation steps, and foresees how long the rest takes. */
export class TrainingClock {
  private training: number | null = null;
  private validation: number | null = null;

  constructor(private readonly settings: TrainingSettings) {}

  add(phase: 'training' | 'validation', seconds: number): void {
    const old = this[phase];
    this[phase] = old === null ? seconds : KEEP * old + (1 - KEEP) * seconds;
  }

  secondsPerIteration(phase: 'training' | 'validation'): number {
    return this[phase] ?? 0;
  }

  /**
   * Seconds until the last epoch ends, or until the time budget is used up if that comes first.
   *
   * @param position epochs done, and iterations of each phase done in the running one
   */
  secondsLeft(position: { epoch: number; training: number; validation: number; elapsed: number }): number {
    const { epochs, iterationsPerEpoch, validationIterationsPerEpoch } = this.settings;
    const step = this.training ?? 0;
    const evaluation = this.evaluation();
    const epochSeconds = iterationsPerEpoch * step + validationIterationsPerEpoch * evaluation;
    const done = position.training * step + position.validation * evaluation;
    const byEpochs = Math.max(0, (epochs - position.epoch) * epochSeconds - done);
    const budget = trainingSeconds(this.settings);
    if (budget === null) return byEpochs;
    // What has begun with the budget used up, the validation after the last step, is done to its end.
    const begun = position.validation > 0 ? (validationIterationsPerEpoch - position.validation) * evaluation : 0;
    return Math.min(byEpochs, Math.max(begun, budget - position.elapsed));
  }

  /** Seconds that the validation iterations of an epoch take. */
  validationSeconds(): number {
    return this.settings.validationIterationsPerEpoch * this.evaluation();
  }

  /** Forward alone is about a third of a training step. */
  private evaluation(): number {
    return this.validation ?? (this.training ?? 0) / 3;
  }
}
