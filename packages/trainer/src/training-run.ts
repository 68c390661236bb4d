import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import { MovingAverage } from './moving-average.ts';
import { OnlineEvaluation } from './online-evaluation.ts';
import { finishedShare, isRate, shareOfState } from './schedule.ts';
import { TrainingClock } from './training-clock.ts';
import { copyTrainingLog, type TrainingLog } from './training-log.ts';
import type {
  CheckpointKind,
  EpochReport,
  StepSettings,
  TrainingEngine,
  TrainingPorts,
  TrainingProgress,
} from './training-ports.ts';
import { trainingSeconds } from './training-settings.ts';
import type { TrainingState } from './training-state.ts';

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

/** How v1 weighs old values in its averages. */
const KEEP_CRITERION = 0.9;
const KEEP_TRAIN_LOSS = 0.93;

/**
 * A training from where its state stands to its last epoch, or until it is told to stop. Whether and where it was
 * stopped and resumed makes no difference to its result, as long as no time budget is set.
 *
 * Origin: v1's `NetworkTrainer.run_training` and `nnUNetTrainerV2.on_epoch_end`.
 */
export class TrainingRun {
  private engine: TrainingEngine;
  /** While the engine is replaced: what was learnt until then. */
  private kept: Awaited<ReturnType<TrainingEngine['snapshot']>> | null = null;
  /** Whether anything has been learnt that is in no checkpoint. */
  private unsaved = false;
  private readonly criterion: MovingAverage;
  private readonly trainLoss: MovingAverage;
  private readonly clock: TrainingClock;
  /** Clock at the start of this run less the seconds of earlier ones. */
  private readonly zero: number;
  private savedAt: number;
  /** Of the rules, for which the engine was built. */
  private phase: number;

  constructor(
    private readonly state: TrainingState,
    private readonly rules: TrainingRules,
    private readonly ports: TrainingPorts,
  ) {
    this.engine = ports.engine;
    this.criterion = new MovingAverage(KEEP_CRITERION, state.criterion);
    this.trainLoss = new MovingAverage(KEEP_TRAIN_LOSS, state.trainLossAverage);
    this.clock = new TrainingClock(state.settings);
    this.savedAt = ports.now();
    this.zero = this.savedAt - state.elapsedSeconds;
    this.phase = rules.phase(shareOfState(state));
  }

  /**
   * Trains.
   *
   * @returns 'interrupted' where the signal stopped it: `model_latest` then holds everything
   * @throws NnUNetError 'diverged' when a loss is no longer a number
   */
  async run(): Promise<'finished' | 'interrupted'> {
    const { state, ports } = this;
    try {
      while (state.epoch < state.settings.epochs && !this.timeIsUp() && !this.hasSettled()) {
        await this.followPhase();
        const complete = await this.runEpoch();
        if (!complete) {
          await this.save('latest');
          await ports.log(
            `stopped in epoch ${state.epoch + 1} after ${counted(state.iterationLosses.length, 'iteration')}; can be continued`,
          );
          return 'interrupted';
        }
      }
      state.finished = true;
      await this.save('final');
      return 'finished';
    } catch (error) {
      // What has been learnt is kept, whatever went wrong, unless it is no longer numbers.
      state.finished = false;
      if (this.unsaved && !isNnUNetError(error, 'diverged')) await this.save('latest').catch(() => undefined);
      throw error;
    } finally {
      // An engine that cannot be disposed of must not hide what went wrong before.
      await this.engine.dispose().catch(() => undefined);
    }
  }

  /** False where it was stopped. */
  private async runEpoch(): Promise<boolean> {
    const { state, ports } = this;
    const start = ports.now();
    await ports.log(`\nepoch:  ${state.epoch + 1}`);
    const learningRate = this.learningRate();
    const waiting = await this.trainIterations();
    if (waiting === null) return false;
    const validation = await this.validateIterations();
    if (validation === null) return false;
    const trainLoss = mean(state.iterationLosses);
    const { dice, metric } = validation.evaluation.finish();
    await this.finishEpoch({
      trainLoss,
      validationLoss: mean(validation.losses),
      dice,
      metric,
      learningRate,
      seconds: ports.now() - start,
      waitingShare: waiting,
    });
    return true;
  }

  /** The training steps of the epoch that are still to be done; the share of time spent waiting, null where stopped. */
  private async trainIterations(): Promise<number | null> {
    const { state, ports } = this;
    let waited = 0;
    let total = 0;
    while (state.iterationLosses.length < state.settings.iterationsPerEpoch) {
      if (await this.stopAsked()) return null;
      if (state.iterationLosses.length > 0 && this.timeIsUp(this.clock.validationSeconds())) break;
      const start = ports.now();
      const batch = await ports.batches.training(state.epoch, state.iterationLosses.length);
      waited += ports.now() - start;
      const rate = this.learningRate();
      if (!isRate(rate)) throw badRate(state, rate);
      const { loss } = await this.engine.step(batch, rate);
      if (!Number.isFinite(loss)) throw diverged(state, loss);
      this.unsaved = true;
      state.iterationLosses.push(loss);
      const seconds = ports.now() - start;
      total += seconds;
      this.report('training', state.iterationLosses.length, seconds);
      if (ports.now() - this.savedAt >= state.settings.checkpointMinutes * 60) await this.save('latest');
    }
    return total > 0 ? waited / total : 0;
  }

  private async validateIterations(): Promise<{ losses: number[]; evaluation: OnlineEvaluation } | null> {
    const { state, ports } = this;
    const evaluation = new OnlineEvaluation(this.rules.classes);
    const losses: number[] = [];
    while (losses.length < state.settings.validationIterationsPerEpoch) {
      if (await this.stopAsked()) return null;
      const start = ports.now();
      const result = await this.engine.evaluate(await ports.batches.validation(state.epoch, losses.length));
      losses.push(result.loss);
      evaluation.add(result);
      this.report('validation', losses.length, ports.now() - start);
    }
    return { losses, evaluation };
  }

  /** Averages, best model, rescue, checkpoints: in v1's order, the files last, so that each holds the whole epoch. */
  private async finishEpoch(
    result: Omit<EpochReport, 'epoch' | 'epochs' | 'criterion' | 'improved' | 'log'>,
  ): Promise<void> {
    const { state, rules, ports } = this;
    const { epoch, log } = state;
    if (rules.rescue !== null && epoch === rules.rescue.afterEpoch && result.metric === 0) await this.rescue();
    // From here to the next epoch's number nothing waits: a failure leaves the state whole.
    log.trainLosses.push(result.trainLoss);
    log.validationLosses.push(result.validationLoss);
    log.validationMetrics.push(result.metric);
    log.learningRates.push(result.learningRate);
    log.epochSeconds.push(result.seconds);
    log.waitingShares.push(result.waitingShare);
    this.trainLoss.add(result.trainLoss);
    const counted = this.criterion.add(result.metric);
    state.trainLossAverage = this.trainLoss.value;
    state.criterion = this.criterion.value;
    const first = state.best === null;
    const improved = state.criterion !== null && (first || state.criterion > state.best!);
    if (improved) state.best = state.criterion;
    state.epoch = epoch + 1;
    state.iterationLosses = [];
    this.unsaved = true;
    const { criterion } = state;
    await this.logEpoch(result, counted);
    await ports.onEpoch?.({
      ...result,
      epoch: epoch + 1,
      epochs: state.settings.epochs,
      criterion,
      improved,
      log: copyTrainingLog(log),
    });
    // The latest last: a training that is continued from it does not come to the best of this epoch again.
    if (improved && !first) await this.save('best');
    if (epoch % rules.checkpointEvery === rules.checkpointEvery - 1) await this.save('latest');
  }

  private async logEpoch(
    result: Omit<EpochReport, 'epoch' | 'epochs' | 'criterion' | 'improved' | 'log'>,
    counted: boolean,
  ): Promise<void> {
    const { log } = this.ports;
    await log(`train loss : ${result.trainLoss.toFixed(4)}`);
    await log(`validation loss: ${result.validationLoss.toFixed(4)}`);
    await log(`Average global foreground Dice: [${result.dice.map((d) => d.toFixed(4)).join(', ')}]`);
    await log('(an estimate from random patches, not the Dice of whole images)');
    if (!counted) await log('no foreground in the validation patches; the moving average skips this epoch');
    await log(`lr: ${this.learningRate().toFixed(6)}`);
    await log(`waiting for data: ${(100 * result.waitingShare).toFixed(1)} % of the training steps`);
    await log(`This epoch took ${result.seconds.toFixed(6)} s`);
  }

  private async rescue(): Promise<void> {
    const { state, rules, ports } = this;
    await ports.log('nothing has been learnt so far; convolutions are initialised again and the momentum is lowered');
    const { momentum } = rules.rescue!;
    await this.rebuild({ momentum, redraw: true });
    state.momentum = momentum;
  }

  private async followPhase(): Promise<void> {
    const phase = this.rules.phase(this.share());
    if (phase === this.phase) return;
    this.phase = phase;
    await this.rebuild({ momentum: this.state.momentum, redraw: false });
  }

  /** The old engine goes first, for two may not fit the memory: what it has learnt is kept until the new one stands. */
  private async rebuild(step: Omit<StepSettings, 'share'>): Promise<void> {
    this.kept = await this.engine.snapshot();
    await this.engine.dispose();
    const { weights, momenta } = this.kept;
    this.engine = await this.ports.restart(weights, momenta, { ...step, share: this.share() });
    this.kept = null;
  }

  private hasSettled(): boolean {
    return this.rules.hasSettled(this.state.log, this.learningRate());
  }

  private learningRate(): number {
    return this.rules.learningRate(this.state.settings.initialLearningRate, this.share(), this.state.log);
  }

  private share(): number {
    const { epoch, settings } = this.state;
    return finishedShare({ epoch, epochs: settings.epochs, elapsedShare: this.elapsedShare() });
  }

  private elapsed(): number {
    return this.ports.now() - this.zero;
  }

  private elapsedShare(): number {
    const seconds = trainingSeconds(this.state.settings);
    return seconds === null ? 0 : this.elapsed() / seconds;
  }

  /** Whether the time budget ends within so many seconds. */
  private timeIsUp(within = 0): boolean {
    const seconds = trainingSeconds(this.state.settings);
    return seconds !== null && this.elapsed() + within >= seconds;
  }

  /** Lets timers, signals and messages of other threads through: a step alone would never do. */
  private async stopAsked(): Promise<boolean> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    return this.ports.signal?.aborted ?? false;
  }

  private report(phase: TrainingProgress['phase'], iteration: number, seconds: number): void {
    const { state, clock } = this;
    clock.add(phase, seconds);
    const { epochs, iterationsPerEpoch, validationIterationsPerEpoch } = state.settings;
    const training = state.iterationLosses.length;
    const validation = phase === 'validation' ? iteration : 0;
    this.ports.onProgress?.({
      phase,
      epoch: state.epoch + 1,
      epochs,
      iteration,
      iterations: phase === 'training' ? iterationsPerEpoch : validationIterationsPerEpoch,
      secondsPerIteration: clock.secondsPerIteration(phase),
      secondsLeft: clock.secondsLeft({ epoch: state.epoch, training, validation, elapsed: this.elapsed() }),
    });
  }

  private async save(kind: CheckpointKind): Promise<void> {
    this.state.elapsedSeconds = this.elapsed();
    const { weights, momenta } = this.kept ?? (await this.engine.snapshot());
    await this.ports.save(kind, this.state, weights, momenta);
    if (kind === 'best') return;
    this.savedAt = this.ports.now();
    this.unsaved = false;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function diverged(state: TrainingState, loss: number): NnUNetError {
  return new NnUNetError('diverged', {
    what: `the loss is ${loss} in epoch ${state.epoch + 1}, iteration ${state.iterationLosses.length + 1}: the training has failed`,
    remedy: 'Continue from the last checkpoint with a lower learning rate, and check the images for NaN.',
  });
}

function badRate({ epoch }: TrainingState, rate: number): NnUNetError {
  return new NnUNetError('bad-trainer', {
    what: `learningRate: a number of at least 0 expected, found ${rate} in epoch ${epoch + 1}`,
    remedy: 'Correct the trainer, and continue with `continueTraining`: what was learnt is kept.',
  });
}
