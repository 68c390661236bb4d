import { join } from 'node:path';
import type { AugmentationRecipe } from '@nnunet/augment';
import type { Transforms } from '@nnunet/augment/transforms';
import { counted } from '@nnunet/errors/internal';
import type { WeightMap } from '@nnunet/inference';
import { redrawConvolutions } from '@nnunet/network/internal';
import type { Compute } from '@nnunet/network/node';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { type Lock, writePlans } from '@nnunet/store';
import type { Audience } from '../audience.ts';
import { describeChangedSettings } from '../changed-settings.ts';
import { callTrainer, checkBatch, checkTrainer } from '../check-trainer.ts';
import { requireReadable } from '../checkpoint.ts';
import { createTrainer, type TrainerChoice } from '../create-trainer.ts';
import type { EpochReport } from '../finished-epoch.ts';
import { shareOfState } from '../schedule.ts';
import type { Trainer } from '../trainer.ts';
import { type Listeners, shippedListeners } from '../training-listener.ts';
import type { TrainingProgress } from '../training-ports.ts';
import { trainingRecipe } from '../training-recipe.ts';
import { TrainingRun } from '../training-run.ts';
import type { TrainingSettings } from '../training-settings.ts';
import type { TrainingState } from '../training-state.ts';
import { announceTraining } from './announce-training.ts';
import { storeSplits } from './fold-cases.ts';
import { type FoldData, foldData } from './fold-data.ts';
import { FoldFolder } from './fold-folder.ts';
import type { FoldTask } from './fold-task.ts';
import { LoadedBatches } from './loaded-batches.ts';
import { inLockedFold } from './locked-fold.ts';
import { LogFile } from './log-file.ts';
import { recordEpoch } from './record-epoch.ts';
import { orDispose, startSessionEngine } from './session-engine.ts';
import { classesOf, startTelling } from './start-telling.ts';
import { settingsInTime } from './time-budget.ts';
import { runAndTell, savingAndTelling } from './told-training.ts';
import { startOfTraining, type TrainingStart } from './training-start.ts';
import { requireValidation } from './validation-needs.ts';

export interface TrainOptions extends FoldTask, TrainerChoice {
  /** Where the transforms of the trainer's recipe are looked up; the shipped ones if not given. Threads know those of modules. */
  transforms?: Transforms;
  /** What is told of the training besides the log. Default: nobody. */
  listeners?: Listeners;
  settings?: Partial<TrainingSettings>;
  /**
   * Continue from the latest, final or best checkpoint, if there is one; otherwise start. Explicit settings replace the
   * stored ones.
   */
  continueTraining?: boolean;
  /** Initial weights, of a network with the same encoder and decoder; only for a new training. */
  pretrainedWeights?: WeightMap;
  /** Take those of the pretrained weights that fit, and leave the others. Default: all must fit, except heads. */
  partialWeights?: boolean;
  /** Names of the labels by value, which the model keeps. */
  labelNames?: Readonly<Record<string, string>>;
  /** Keep only the latest checkpoint; the caller deletes it when the finished model is no longer needed. */
  disableSaving?: boolean;
  /** Threads that make batches. */
  workers?: number;
  /** Device and settings for running the network during training. */
  compute?: Compute;
  /** Memory limit of the training in bytes, including this process. Default: the free memory. */
  maxMemory?: number;
  /**
   * Whether the validation cases are predicted afterwards (`validateFold`), so that a time budget reserves time for
   * them. Default: false.
   */
  evaluate?: boolean;
  /** 3d_lowres: whether they are also predicted for the cascade. */
  predictNextStage?: boolean;
  signal?: AbortSignal;
  onEpoch?: (report: EpochReport) => void;
  onProgress?: (progress: TrainingProgress) => void;
  /** Receives the lines of the log file as they are written. */
  onLog?: (text: string) => void;
}

export interface TrainedFold {
  /** 'interrupted': `model_latest` is complete; call `train` with `continueTraining` to continue. */
  result: 'finished' | 'interrupted';
  foldFolder: string;
  state: TrainingState;
  trainer: Trainer;
  /** Those that were told of the training, with objects in place of classes: for {@link validateFold}. */
  listeners: Listeners;
}

/**
 * Trains one fold of a configuration, from prepared cases to `model_final_checkpoint`. Along the way, writes the log,
 * `progress.png`, `debug.json`, the plans and the checkpoints.
 *
 * @throws NnUNetError 'locked' if the fold is already being trained; 'lock-lost' if another process took it over;
 * 'bad-weights' if the network is not the one of the training that is to be continued; 'unknown-trainer', 'no-cascade',
 * 'missing-previous-stage', 'memory-limit', 'diverged', and any error from reading the cases
 *
 * Origin: v1's `run_training` and `NetworkTrainer.run_training`.
 */
export async function train(options: TrainOptions): Promise<TrainedFold> {
  const started = performance.now();
  const trainer = createTrainer(options);
  const folder = new FoldFolder(options.modelFolder, options.fold);
  const spent = () => (performance.now() - started) / 1000;
  const work = async (lock: Lock) => {
    const signal = options.signal ? AbortSignal.any([options.signal, lock.signal]) : lock.signal;
    const fold = await openFold({ ...options, signal }, trainer, folder);
    if (fold.begun.state.finished) return tellFinished(fold);
    return runFold(await settle(fold, spent), spent);
  };
  return inLockedFold(folder, work, options.onLog);
}

/** A fold whose cases and starting point are known. */
interface OpenFold {
  options: TrainOptions;
  trainer: Trainer;
  folder: FoldFolder;
  data: FoldData;
  begun: TrainingStart;
}

/** A fold with everything decided. */
interface SettledFold extends OpenFold {
  recipe: AugmentationRecipe;
  /** The choices made to fit the time budget, in words; null without one. */
  fittedInWords: string | null;
}

/** Checks everything that can be refused before anything is written. */
async function openFold(options: TrainOptions, trainer: Trainer, folder: FoldFolder): Promise<OpenFold> {
  const data = await foldData(options, trainer);
  await requireValidation(options, trainer, data.split.val);
  callTrainer(trainer);
  const begun = await startOfTraining({ ...options, data }, trainer, folder);
  return { options, trainer, folder, data, begun };
}

async function tellFinished({ options, trainer, folder, begun: { state, continues } }: OpenFold): Promise<TrainedFold> {
  const log = await LogFile.start(folder.path, options.onLog);
  await log.line(continues!);
  await log.line(`this training is already finished: ${counted(state.epoch, 'epoch')}`);
  return {
    result: 'finished',
    foldFolder: folder.path,
    state,
    trainer,
    listeners: options.listeners ?? shippedListeners,
  };
}

/**
 * Checks the trainer's decisions, and fits a new training to its time budget.
 *
 * @param spent returns the seconds since the training was requested
 */
async function settle(fold: OpenFold, spent: () => number): Promise<SettledFold> {
  const { options, trainer, folder, data, begun } = fold;
  const { state, batchSize } = begun;
  const recipe = trainingRecipe(trainer, batchSize, data.cases);
  checkTrainer(trainer, state.settings, recipe);
  const timing = { ...options, trainer, data: { ...data, ...begun.memory.data }, recipe, batchSize };
  const timed = state.settings.timeBudget !== null && begun.continues === null;
  const fitted = timed ? await settingsInTime(timing, options.settings ?? {}, state.settings, spent) : null;
  if (fitted !== null) state.settings = fitted.settings;
  requireReadable({ ...modelAbout(fold), state }, folder.file('latest'));
  return { ...fold, recipe, fittedInWords: fitted?.words ?? null };
}

/** What a checkpoint says beside weights and state. */
function modelAbout({ options: { task, fold, labelNames = {} }, trainer, data: { split } }: OpenFold) {
  const labels = Object.keys(labelNames).length === 0 ? {} : { labels: { ...labelNames } };
  return { model: { ...trainer.describeModel(), ...labels }, about: { task, fold, cases: split.train } };
}

async function runFold(fold: SettledFold, spent: () => number): Promise<TrainedFold> {
  const { options, trainer, folder, begun, recipe } = fold;
  const { state, batchSize } = begun;
  const { transforms, workers, compute, disableSaving, onProgress, signal } = options;
  const shared = { trainer, batchSize, seed: state.settings.seed, compute };
  const about = modelAbout(fold);
  const changes = describeChangedSettings(state.settings, { brief: true });
  const title = `${options.task}, fold ${options.fold}${changes === '' ? '' : `: ${changes}`}`;
  const batches = new LoadedBatches({ ...begun.memory.data, recipe, transforms, state, workers });
  try {
    const step = { momentum: state.momentum, share: shareOfState(state) };
    const engine = await startSessionEngine({ ...shared, ...step, weights: begun.weights, momenta: begun.momenta });
    const { log, audience } = await orDispose(engine, writeFirstFiles(fold, batches));
    state.elapsedSeconds += spent();
    const told = { folder, audience, disableSaving };
    const run = new TrainingRun(state, trainer.rules(), {
      engine,
      batches,
      save: savingAndTelling(told, (kind, s, w, m) =>
        folder.save(kind, { ...about, state: s, weights: w, momenta: m }),
      ),
      restart: (w, momenta, { redraw, momentum, share }) => {
        const weights = redraw ? redrawConvolutions(trainer.network(), w, state.settings.seed + 1) : w;
        return startSessionEngine({ ...shared, momentum, share, weights, momenta });
      },
      log: (text) => log.line(text),
      onEpoch: async (report) => {
        await recordEpoch(report, { log, audience, title });
        options.onEpoch?.(report);
      },
      onProgress,
      now: () => performance.now() / 1000,
      signal,
    });
    const result = await runAndTell(run, state, told);
    return { result, foldFolder: folder.path, state, trainer, listeners: audience.listeners };
  } finally {
    await batches.close();
  }
}

/** Once nothing can be refused any more: the first files, and the first event. */
async function writeFirstFiles(
  fold: SettledFold,
  batches: LoadedBatches,
): Promise<{ log: LogFile; audience: Audience }> {
  const { options, trainer, folder, data, begun, recipe, fittedInWords } = fold;
  const { training: first } = await batches.prepare();
  if (first !== null) checkBatch(trainer, begun.batchSize, first);
  if (options.signal?.aborted) {
    options.onLog?.('stopped before the first step; nothing was changed');
    options.signal.throwIfAborted();
  }
  await storeSplits(options.preprocessedFolder, data.split, options.onLog);
  const log = await LogFile.start(folder.path, options.onLog);
  if (begun.continues !== null) await log.line(begun.continues);
  else
    for (const name of await folder.setAside()) await log.line(`the model of an earlier training is kept as ${name}`);
  if (begun.begins !== null) await log.line(begun.begins);
  await writePlans(join(options.modelFolder, FILE_NAMES.modelPlans), options.plans);
  if (fittedInWords !== null) await log.line(fittedInWords);
  await announceTraining({ ...options, foldFolder: folder.path, trainer, recipe }, data, begun, log);
  const { task, fold: index, listeners } = options;
  const { configuration, patchSize } = trainer;
  const name = trainer.constructor.name;
  const training = {
    task,
    configuration,
    fold: index,
    trainer: name,
    foldFolder: folder.path,
    classes: classesOf(trainer),
  };
  const audience = await startTelling({ training, listeners, ...begun, patchSize }, data, log);
  return { log, audience };
}
