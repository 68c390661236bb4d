import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import { closeEpoch, type EpochResult, linesOfEpoch } from './finished-epoch.ts';
import { OnlineEvaluation } from './online-evaluation.ts';
import { finishedShare, isRate, shareOfState } from './schedule.ts';
import { TrainingClock } from './training-clock.ts';
import type {
  CheckpointKind,
  StepSettings,
  TrainingEngine,
  TrainingPorts,
  TrainingProgress,
} from './training-ports.ts';
import type { TrainingRules } from './training-rules.ts';
import type { TrainingState } from './training-state.ts';

/**
 * A training from its current state to its last epoch, or until it is stopped. Stopping and resuming does not affect
 * the result, as long as no time budget is set.
 *
 * Origin: v1's `NetworkTrainer.run_training` and `nnUNetTrainerV2.on_epoch_end`.
 */
export class TrainingRun {
  readonly #state: TrainingState;
  readonly #rules: TrainingRules;
  readonly #ports: TrainingPorts;
  #engine: TrainingEngine;
  /** While the engine is replaced: what was learnt until then. */
  #kept: Awaited<ReturnType<TrainingEngine['snapshot']>> | null = null;
  /** Whether anything has been learnt that is in no checkpoint. */
  #unsaved = false;
  readonly #clock: TrainingClock;
  /** Seconds of training at the last checkpoint. */
  #savedAt: number;
  /** Of the rules, for which the engine was built. */
  #phase: number;

  constructor(state: TrainingState, rules: TrainingRules, ports: TrainingPorts) {
    this.#state = state;
    this.#rules = rules;
    this.#ports = ports;
    this.#engine = ports.engine;
    this.#clock = new TrainingClock(state.settings, ports.now, state.elapsedSeconds);
    this.#savedAt = state.elapsedSeconds;
    this.#phase = rules.phase(shareOfState(state));
  }

  /**
   * Trains.
   *
   * @returns 'interrupted' if the signal stopped it: `model_latest` is then complete
   * @throws NnUNetError 'diverged' if a loss is not finite
   */
  async run(): Promise<'finished' | 'interrupted'> {
    const state = this.#state;
    const ports = this.#ports;
    try {
      while (state.epoch < state.settings.epochs && !this.#clock.timeIsUp() && !this.#hasSettled()) {
        await this.#followPhase();
        const complete = await this.#runEpoch();
        if (!complete) {
          await this.#save('latest');
          await ports.log(
            `stopped in epoch ${state.epoch + 1} after ${counted(state.iterationLosses.length, 'iteration')}; can be continued`,
          );
          return 'interrupted';
        }
      }
      state.finished = true;
      await this.#save('final');
      return 'finished';
    } catch (error) {
      // What has been learnt is kept, whatever went wrong, unless it is no longer numbers.
      state.finished = false;
      if (this.#unsaved && !isNnUNetError(error, 'diverged')) await this.#save('latest').catch(() => undefined);
      throw error;
    } finally {
      // An engine that cannot be disposed of must not hide what went wrong before.
      await this.#engine.dispose().catch(() => undefined);
    }
  }

  /** False where it was stopped. */
  async #runEpoch(): Promise<boolean> {
    const state = this.#state;
    const ports = this.#ports;
    const start = ports.now();
    await ports.log(`\nepoch:  ${state.epoch + 1}`);
    const learningRate = this.#learningRate();
    const waiting = await this.#trainIterations();
    if (waiting === null) return false;
    const validation = await this.#validateIterations();
    if (validation === null) return false;
    const trainLoss = mean(state.iterationLosses);
    await this.#finishEpoch({
      trainLoss,
      validationLoss: mean(validation.losses),
      ...validation.evaluation.finish(),
      learningRate,
      seconds: ports.now() - start,
      waitingShare: waiting,
    });
    return true;
  }

  /** The training steps of the epoch that are still to be done; the share of time spent waiting, null where stopped. */
  async #trainIterations(): Promise<number | null> {
    const state = this.#state;
    const ports = this.#ports;
    let waited = 0;
    let total = 0;
    while (state.iterationLosses.length < state.settings.iterationsPerEpoch) {
      if (await this.#stopAsked()) return null;
      if (state.iterationLosses.length > 0 && this.#clock.timeIsUp(this.#clock.validationSeconds())) break;
      const start = ports.now();
      const batch = await ports.batches.training(state.epoch, state.iterationLosses.length);
      waited += ports.now() - start;
      const rate = this.#learningRate();
      if (!isRate(rate)) throw badRate(state, rate);
      const number = state.epoch * state.settings.iterationsPerEpoch + state.iterationLosses.length;
      const { loss } = await this.#engine.step(batch, rate, number);
      if (!Number.isFinite(loss)) throw diverged(state, loss);
      this.#unsaved = true;
      state.iterationLosses.push(loss);
      const seconds = ports.now() - start;
      total += seconds;
      this.#report('training', { iteration: state.iterationLosses.length, loss, seconds });
      if (this.#clock.elapsed() - this.#savedAt >= state.settings.checkpointMinutes * 60) await this.#save('latest');
    }
    return total > 0 ? waited / total : 0;
  }

  async #validateIterations(): Promise<{ losses: number[]; evaluation: OnlineEvaluation } | null> {
    const state = this.#state;
    const ports = this.#ports;
    const evaluation = new OnlineEvaluation(this.#rules.classes);
    const losses: number[] = [];
    while (losses.length < state.settings.validationIterationsPerEpoch) {
      if (await this.#stopAsked()) return null;
      const start = ports.now();
      const result = await this.#engine.evaluate(await ports.batches.validation(state.epoch, losses.length));
      losses.push(result.loss);
      evaluation.add(result);
      this.#report('validation', { iteration: losses.length, loss: result.loss, seconds: ports.now() - start });
    }
    return { losses, evaluation };
  }

  /** Rescue, averages, best model, checkpoints: in v1's order, the files last, so that each holds the whole epoch. */
  async #finishEpoch(result: EpochResult): Promise<void> {
    const state = this.#state;
    const { rescue, checkpointEvery, savesFirstBest = false, tellsOwnRate = false } = this.#rules;
    const { epoch } = state;
    if (epoch === rescue?.afterEpoch && result.metric === 0) await this.#rescue(rescue.momentum);
    const counts = savesFirstBest || state.best !== null;
    const report = closeEpoch(state, result);
    this.#unsaved = true;
    const rate = tellsOwnRate ? report.learningRate : this.#learningRate();
    for (const line of linesOfEpoch(report, rate)) await this.#ports.log(line);
    await this.#ports.onEpoch?.(report);
    // The latest last: a training that is continued from it does not come to the best of this epoch again.
    if (report.improved && counts) await this.#save('best');
    if (epoch % checkpointEvery === checkpointEvery - 1) await this.#save('latest');
  }

  async #rescue(momentum: number): Promise<void> {
    await this.#ports.log(
      'nothing has been learnt so far; convolutions are initialised again and the momentum is lowered',
    );
    await this.#rebuild({ momentum, redraw: true });
    this.#state.momentum = momentum;
  }

  async #followPhase(): Promise<void> {
    const phase = this.#rules.phase(this.#share());
    if (phase === this.#phase) return;
    this.#phase = phase;
    await this.#rebuild({ momentum: this.#state.momentum, redraw: false });
  }

  /** The old engine goes first, for two may not fit the memory: what it has learnt is kept until the new one stands. */
  async #rebuild(step: Omit<StepSettings, 'share'>): Promise<void> {
    this.#kept = await this.#engine.snapshot();
    await this.#engine.dispose();
    const { weights, momenta } = this.#kept;
    this.#engine = await this.#ports.restart(weights, momenta, { ...step, share: this.#share() });
    this.#kept = null;
  }

  #hasSettled(): boolean {
    return this.#rules.hasSettled(this.#state.log, this.#learningRate());
  }

  #learningRate(): number {
    return this.#rules.learningRate(this.#state.settings.initialLearningRate, this.#share(), this.#state.log);
  }

  #share(): number {
    const { epoch, settings } = this.#state;
    return finishedShare({ epoch, epochs: settings.epochs, elapsedShare: this.#clock.elapsedShare() });
  }

  /** Lets timers, signals and messages of other threads through: a step alone would never do. */
  async #stopAsked(): Promise<boolean> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    return this.#ports.signal?.aborted ?? false;
  }

  #report(
    phase: TrainingProgress['phase'],
    { iteration, loss, seconds }: { iteration: number; loss: number; seconds: number },
  ): void {
    const state = this.#state;
    const clock = this.#clock;
    clock.add(phase, seconds);
    const { epochs, iterationsPerEpoch, validationIterationsPerEpoch } = state.settings;
    const training = state.iterationLosses.length;
    const validation = phase === 'validation' ? iteration : 0;
    this.#ports.onProgress?.({
      phase,
      epoch: state.epoch + 1,
      epochs,
      iteration,
      iterations: phase === 'training' ? iterationsPerEpoch : validationIterationsPerEpoch,
      loss,
      secondsPerIteration: clock.secondsPerIteration(phase),
      secondsLeft: clock.secondsLeft({ epoch: state.epoch, training, validation }),
    });
  }

  async #save(kind: CheckpointKind): Promise<void> {
    this.#state.elapsedSeconds = this.#clock.elapsed();
    const { weights, momenta } = this.#kept ?? (await this.#engine.snapshot());
    await this.#ports.save(kind, this.#state, weights, momenta);
    if (kind === 'best') return;
    this.#savedAt = this.#clock.elapsed();
    this.#unsaved = false;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function diverged(state: TrainingState, loss: number): NnUNetError {
  const first = state.epoch === 0 && state.iterationLosses.length === 0;
  return new NnUNetError('diverged', {
    what: `the loss is ${loss} in epoch ${state.epoch + 1}, iteration ${state.iterationLosses.length + 1}: the training has failed`,
    remedy: first
      ? 'Nothing was learnt yet. Check the images for NaN, and a loss or an architecture of your own for a division by 0 or the logarithm of one.'
      : 'Continue from the last checkpoint, if there is one, with a lower learning rate. Check the images for NaN, and a loss, an architecture or an optimiser of your own.',
  });
}

function badRate({ epoch }: TrainingState, rate: number): NnUNetError {
  return new NnUNetError('bad-trainer', {
    what: `learningRate: a number of at least 0 expected, found ${rate} in epoch ${epoch + 1}`,
    remedy: 'Correct the trainer, and continue with `continueTraining`: what was learnt is kept.',
  });
}
