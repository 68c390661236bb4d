import { counted } from '@nnunet/errors/internal';
import type { Fold } from '@nnunet/schema';
import { classNamesV2 } from '@nnunet/schema/internal';
import type { Lock } from '@nnunet/store';
import { writeTorchFile } from '@nnunet/torch-checkpoint/node';
import type { ImageFormats } from '@nnunet/volume';
import type { Audience } from '../audience.ts';
import { shareOfState } from '../schedule.ts';
import { type Listeners, shippedListeners } from '../training-listener.ts';
import type { CheckpointKind } from '../training-ports.ts';
import { TrainingRun } from '../training-run.ts';
import type { TrainingState } from '../training-state.ts';
import { type CheckpointV2, torchCheckpointV2 } from '../v2/checkpoint-v2.ts';
import { createTrainerV2, DEFAULT_TRAINER_V2, type TrainerChoiceV2 } from '../v2/create-trainer-v2.ts';
import type { TrainerV2 } from '../v2/trainer-v2.ts';
import { announceTrainingV2, writeModelFilesV2 } from './announce-training-v2.ts';
import { checkMemory, type MemoryPlan } from './check-memory.ts';
import { storeSplits } from './fold-cases.ts';
import type { FoldData } from './fold-data.ts';
import { foldDataV2 } from './fold-data-v2.ts';
import { FoldFolder, NAMES_V2 } from './fold-folder.ts';
import { LoadedBatches } from './loaded-batches.ts';
import { inLockedFold } from './locked-fold.ts';
import { LogFile } from './log-file.ts';
import { recordEpoch } from './record-epoch.ts';
import { orDispose, startSessionEngine } from './session-engine.ts';
import { startTelling } from './start-telling.ts';
import { type StartOptionsV2, type StartV2, startOfTrainingV2 } from './start-v2.ts';
import { settingsInTime } from './time-budget.ts';
import { runAndTell, savingAndTelling } from './told-training.ts';
import type { TrainOptions } from './train.ts';

export interface TrainOptionsV2
  extends TrainerChoiceV2,
    StartOptionsV2,
    Pick<TrainOptions, 'workers' | 'compute' | 'maxMemory' | 'signal' | 'onEpoch' | 'onProgress' | 'onLog'> {
  /** What is told of the training besides the log. Default: nobody. */
  listeners?: Listeners;
  /** Folder of the preprocessed dataset, in which that of the configuration is. */
  preprocessedFolder: string;
  /** Becomes `plans.json`, `dataset.json` and a folder for each fold. */
  modelFolder: string;
  fold: Fold;
  /** Folder of `<case>_segFromPrevStage.npz`; needed by a cascade. */
  previousStageFolder?: string;
  /** Keep only the latest checkpoint; the caller deletes it when the finished model is no longer needed. */
  disableSaving?: boolean;
  /**
   * Whether the validation cases are predicted afterwards (`validateFoldV2`), so that a time budget reserves time for
   * them, and missing references are refused. Default: false.
   */
  evaluate?: boolean;
  /** For reading the references. Default: NIfTI. */
  formats?: ImageFormats;
}

export interface TrainedFoldV2 {
  /** 'interrupted': `checkpoint_latest.pth` is complete; `continueTraining` goes on from there. */
  result: 'finished' | 'interrupted';
  foldFolder: string;
  state: TrainingState;
  /** Those that were told of the training, with objects in place of classes. */
  listeners: Listeners;
}

/**
 * Trains one fold by nnU-Net v2's rules, from prepared cases to `checkpoint_final.pth`, with which nnU-Net v2 predicts and
 * goes on training, too. Writes what its program writes: `plans.json`, `dataset.json`, `dataset_fingerprint.json`, the log,
 * `debug.json`, `progress.png` and the checkpoints. The validation cases are not predicted.
 *
 * @throws NnUNetError 'locked' if the fold is already being trained; 'unknown-trainer', 'bad-plans', 'bad-dataset',
 * 'bad-checkpoint', 'bad-weights', 'memory-limit', 'diverged', 'missing-references', 'missing-previous-stage', and any error from reading the cases
 *
 * Origin: v2's run_training and nnUNetTrainer.run_training.
 */
export async function trainV2(options: TrainOptionsV2): Promise<TrainedFoldV2> {
  const started = performance.now();
  const trainer = createTrainerV2(options);
  const folder = new FoldFolder(options.modelFolder, options.fold, NAMES_V2);
  const spent = () => (performance.now() - started) / 1000;
  const work = async (lock: Lock): Promise<TrainedFoldV2> => {
    const signal = options.signal ? AbortSignal.any([options.signal, lock.signal]) : lock.signal;
    const data = await foldDataV2(options, trainer);
    const begun = await startOfTrainingV2(options, trainer, folder);
    if (begun.checkpoint.state.finished) return tellFinished(options, folder, begun);
    return runFold(await settle({ ...options, signal }, { trainer, folder, lock, data, begun }, spent), spent);
  };
  return inLockedFold(folder, work, options.onLog);
}

async function tellFinished(
  { listeners = shippedListeners, onLog }: TrainOptionsV2,
  folder: FoldFolder,
  { checkpoint: { state }, continues }: StartV2,
): Promise<TrainedFoldV2> {
  const log = await LogFile.start(folder.path, onLog);
  await log.line(continues!);
  await log.line(`this training is already finished: ${counted(state.epoch, 'epoch')}`);
  return { result: 'finished', foldFolder: folder.path, state, listeners };
}

/** A fold whose cases and starting point are known. */
interface FoldV2 {
  trainer: TrainerV2;
  folder: FoldFolder;
  lock: Lock;
  data: FoldData;
  begun: StartV2;
}

/** A fold with everything decided. */
interface SettledV2 extends FoldV2 {
  options: TrainOptionsV2;
  batchSize: number;
  memory: MemoryPlan;
  /** The choices made to fit the time budget, in words; null without one. */
  fittedInWords: string | null;
}

/** Checks the memory, and fits a new training to its time budget. @param spent see `settingsInTime` */
async function settle(options: TrainOptionsV2, fold: FoldV2, spent: () => number): Promise<SettledV2> {
  const { trainer, data, begun } = fold;
  const { state } = begun.checkpoint;
  const batchSize = state.settings.batchSize ?? trainer.plannedBatchSize;
  const memory = await checkMemory({ ...options, trainer, batchSize, data });
  const settled = { ...fold, options, batchSize, memory, fittedInWords: null };
  if (state.settings.timeBudget === null || begun.continues !== null) return settled;
  const recipe = trainer.recipe(batchSize);
  const timing = { ...options, trainer, data: { ...data, ...memory.data }, recipe, batchSize };
  const fitted = await settingsInTime(timing, options.settings ?? {}, state.settings, spent);
  state.settings = fitted.settings;
  return { ...settled, fittedInWords: fitted.words };
}

async function runFold(fold: SettledV2, spent: () => number): Promise<TrainedFoldV2> {
  const { options, trainer, folder, begun, batchSize, memory } = fold;
  const { compute, workers, onProgress, signal, disableSaving } = options;
  const { state, weights, momenta, history } = begun.checkpoint;
  const batches = new LoadedBatches({ ...memory.data, recipe: trainer.recipe(batchSize), state, workers });
  try {
    await batches.prepare();
    const step = { momentum: state.momentum, share: shareOfState(state) };
    const shared = { trainer, batchSize, seed: state.settings.seed, compute };
    const engine = await startSessionEngine({ ...shared, ...step, weights, momenta });
    const { log, audience } = await orDispose(engine, writeFirstFiles(fold));
    state.elapsedSeconds += spent();
    const told = { folder, audience, disableSaving };
    const run = new TrainingRun(state, trainer.rules(), {
      engine,
      batches,
      onProgress,
      now: () => performance.now() / 1000,
      signal,
      save: savingAndTelling(told, (kind, s, w, m) => save(kind, { state: s, weights: w, momenta: m, history })),
      restart: (w, m, { momentum, share }) =>
        startSessionEngine({ ...shared, momentum, share, weights: w, momenta: m }),
      log: (text) => log.line(text),
      onEpoch: async (report) => {
        const now = Date.now() / 1000;
        history.dice.push(report.classDice);
        history.starts.push(now - report.seconds);
        history.ends.push(now);
        const title = `${options.trainer ?? DEFAULT_TRAINER_V2}, ${options.configuration}, fold ${options.fold}`;
        await recordEpoch(report, { log, audience, title });
        options.onEpoch?.(report);
      },
    });
    const result = await runAndTell(run, state, told);
    return { result, foldFolder: folder.path, state, listeners: audience.listeners };
  } finally {
    await batches.close();
  }

  async function save(kind: CheckpointKind, checkpoint: CheckpointV2): Promise<void> {
    fold.lock.check();
    await writeTorchFile(folder.file(kind), torchCheckpointV2(checkpoint, trainer, options.fold));
  }
}

/** Once nothing can be refused any more: the first files, and the first event. */
async function writeFirstFiles(fold: SettledV2): Promise<{ log: LogFile; audience: Audience }> {
  const { options, trainer, folder, data, begun, batchSize, memory, fittedInWords } = fold;
  const { modelFolder, preprocessedFolder, onLog, signal } = options;
  if (signal?.aborted) {
    onLog?.('stopped before the first step; nothing was changed');
    signal.throwIfAborted();
  }
  await storeSplits(preprocessedFolder, data.split, onLog);
  const log = await LogFile.start(folder.path, onLog);
  if (begun.continues !== null) await log.line(begun.continues);
  else
    for (const name of await folder.setAside()) await log.line(`the model of an earlier training is kept as ${name}`);
  if (begun.begins !== null) await log.line(begun.begins);
  await writeModelFilesV2(modelFolder, preprocessedFolder, options);
  if (fittedInWords !== null) await log.line(fittedInWords);
  const { state } = begun.checkpoint;
  const name = options.trainer ?? DEFAULT_TRAINER_V2;
  const about = { ...options, name, trainer, recipe: trainer.recipe(batchSize), batchSize, state, memory: memory.line };
  await announceTrainingV2({ ...about, foldFolder: folder.path }, data, log);
  const { plans, configuration, fold: index, listeners } = options;
  const task = String(plans.dataset_name);
  const classes = classNamesV2(trainer.labels, Object(trainer.dataset.labels));
  const training = { task, configuration, fold: index, trainer: name, foldFolder: folder.path, classes };
  const { patchSize } = trainer;
  return { log, audience: await startTelling({ training, listeners, state, batchSize, patchSize }, data, log) };
}
