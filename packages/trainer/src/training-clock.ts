import { Pace } from '@nnunet/threads/internal';
import { type TrainingSettings, trainingSeconds } from './training-settings.ts';

/** What the last step counts in the mean: a machine's speed changes. */
const LATEST = 0.2;

/** Measures the time of a training and of its steps, and forecasts the time left. */
export class TrainingClock {
  readonly #settings: TrainingSettings;
  readonly #paces = { training: new Pace(LATEST), validation: new Pace(LATEST) };

  readonly #now: () => number;
  /** Clock at the start of this run less the seconds of earlier ones. */
  readonly #zero: number;

  /**
   * @param now seconds on a steady clock
   * @param elapsed seconds of training in earlier runs
   */
  constructor(settings: TrainingSettings, now: () => number, elapsed: number) {
    this.#settings = settings;
    this.#now = now;
    this.#zero = now() - elapsed;
  }

  /** Seconds of training so far, over all runs. */
  elapsed(): number {
    return this.#now() - this.#zero;
  }

  /** Share of the time budget used so far, 0 without one. */
  elapsedShare(): number {
    const budget = trainingSeconds(this.#settings);
    return budget === null ? 0 : this.elapsed() / budget;
  }

  /** Whether the time budget ends within so many seconds. */
  timeIsUp(within = 0): boolean {
    const budget = trainingSeconds(this.#settings);
    return budget !== null && this.elapsed() + within >= budget;
  }

  add(phase: 'training' | 'validation', seconds: number): void {
    this.#paces[phase].add(1, seconds);
  }

  secondsPerIteration(phase: 'training' | 'validation'): number {
    return this.#paces[phase].secondsPerUnit() ?? 0;
  }

  /**
   * Seconds until the last epoch ends, or until the time budget is used up if that comes first.
   *
   * @param position epochs done, and iterations of each phase done in the running one
   */
  secondsLeft(position: { epoch: number; training: number; validation: number }): number {
    const { epochs, iterationsPerEpoch, validationIterationsPerEpoch } = this.#settings;
    const elapsed = this.elapsed();
    const step = this.secondsPerIteration('training');
    const evaluation = this.#evaluation();
    const epochSeconds = iterationsPerEpoch * step + validationIterationsPerEpoch * evaluation;
    const done = position.training * step + position.validation * evaluation;
    const byEpochs = Math.max(0, (epochs - position.epoch) * epochSeconds - done);
    const budget = trainingSeconds(this.#settings);
    if (budget === null) return byEpochs;
    // What has begun with the budget used up, the validation after the last step, is done to its end.
    const begun = position.validation > 0 ? (validationIterationsPerEpoch - position.validation) * evaluation : 0;
    return Math.min(byEpochs, Math.max(begun, budget - elapsed));
  }

  /** Seconds that the validation iterations of an epoch take. */
  validationSeconds(): number {
    return this.#settings.validationIterationsPerEpoch * this.#evaluation();
  }

  /** Forward alone is about a third of a training step. */
  #evaluation(): number {
    return this.#paces.validation.secondsPerUnit() ?? this.secondsPerIteration('training') / 3;
  }
}
