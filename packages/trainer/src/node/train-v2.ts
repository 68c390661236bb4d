import { join } from 'node:path';
import { counted } from '@nnunet/errors/internal';
import { initialiseWeights } from '@nnunet/network';
import type { Compute } from '@nnunet/network/node';
import type { Fold } from '@nnunet/schema';
import type { Lock } from '@nnunet/store';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { openTorchFile, writeTorchFile } from '@nnunet/torch-checkpoint/node';
import { describeChangedSettings } from '../changed-settings.ts';
import type { EpochReport } from '../finished-epoch.ts';
import { shareOfState } from '../schedule.ts';
import type { CheckpointKind, TrainingProgress } from '../training-ports.ts';
import { TrainingRun } from '../training-run.ts';
import { resolveSettings, type TrainingSettings } from '../training-settings.ts';
import { continuedState, startingState, type TrainingState } from '../training-state.ts';
import { type CheckpointV2, readCheckpointV2, torchCheckpointV2 } from '../v2/checkpoint-v2.ts';
import { shippedTrainersV2, type TrainerNameV2 } from '../v2/trainer-registry-v2.ts';
import type { TrainerContextV2, TrainerV2 } from '../v2/trainer-v2.ts';
import { checkMemory } from './check-memory.ts';
import { storeSplits } from './fold-cases.ts';
import { type FoldData, preparedFold } from './fold-data.ts';
import { CONTINUE_FROM, FoldFolder } from './fold-folder.ts';
import { LoadedBatches } from './loaded-batches.ts';
import { inLockedFold } from './locked-fold.ts';
import { LogFile } from './log-file.ts';
import { recordEpoch } from './record-epoch.ts';
import { startSessionEngine } from './session-engine.ts';

export interface TrainOptionsV2 extends TrainerContextV2 {
  /** v2's name of the trainer. Default: 'nnUNetTrainer'. */
  trainer?: TrainerNameV2;
  /** Folder of the preprocessed dataset, in which that of the configuration is. */
  preprocessedFolder: string;
  /** Becomes `plans.json`, `dataset.json` and a folder for each fold. */
  modelFolder: string;
  fold: Fold;
  settings?: Partial<TrainingSettings>;
  /**
   * Continue from the latest, final or best checkpoint, of this program or of nnU-Net 2, if there is one; otherwise
   * start. Explicit settings replace the stored ones.
   */
  continueTraining?: boolean;
  /** Threads that make batches. */
  workers?: number;
  /** Device and settings for running the network. */
  compute?: Compute;
  /** Memory limit of the training in bytes, including this process. Default: the free memory. */
  maxMemory?: number;
  signal?: AbortSignal;
  onEpoch?: (report: EpochReport) => void;
  onProgress?: (progress: TrainingProgress) => void;
  /** Receives the lines of the log file as they are written. */
  onLog?: (text: string) => void;
}

export interface TrainedFoldV2 {
  /** 'interrupted': `checkpoint_latest.pth` is complete; `continueTraining` goes on from there. */
  result: 'finished' | 'interrupted';
  foldFolder: string;
  state: TrainingState;
}

/**
 * Trains one fold by nnU-Net 2's rules, from prepared cases to `checkpoint_final.pth`, with which nnU-Net 2 predicts and
 * goes on training, too. Writes what its program writes: `plans.json`, `dataset.json`, the log, `progress.png` and the
 * checkpoints. The validation cases are not predicted.
 *
 * @throws NnUNetError 'locked' if the fold is already being trained; 'unknown-trainer', 'bad-plans', 'bad-dataset',
 * 'bad-checkpoint', 'bad-weights', 'memory-limit', 'diverged', and any error from reading the cases
 *
 * Origin: v2's run_training and nnUNetTrainer.run_training.
 */
export async function trainV2(options: TrainOptionsV2): Promise<TrainedFoldV2> {
  const started = performance.now();
  const trainer = new (shippedTrainersV2.get(options.trainer ?? 'nnUNetTrainer'))(options);
  const folder = new FoldFolder(options.modelFolder, options.fold, (kind) => `checkpoint_${kind}.pth`);
  const work = async (lock: Lock): Promise<TrainedFoldV2> => {
    const data = await preparedFold(options, trainer.dataIdentifier);
    const begun = await beginning(options, trainer, folder);
    const { state } = begun.checkpoint;
    if (state.finished) return { result: 'finished', foldFolder: folder.path, state };
    const signal = options.signal ? AbortSignal.any([options.signal, lock.signal]) : lock.signal;
    return runFold({ ...options, signal }, { trainer, folder, lock, data, begun, started });
  };
  return inLockedFold(folder, work, options.onLog);
}

interface BeginningV2 {
  checkpoint: CheckpointV2;
  /** The file that it comes from; null for a new training. */
  file: string | null;
}

async function beginning(options: TrainOptionsV2, trainer: TrainerV2, folder: FoldFolder): Promise<BeginningV2> {
  const settings = resolveSettings(options.settings, trainer.settings());
  const kind = options.continueTraining ? CONTINUE_FROM.find((one) => folder.has(one)) : undefined;
  if (kind === undefined) {
    const state = startingState(settings, trainer.optimizer().momentum);
    const weights = initialiseWeights(trainer.network(), settings.seed);
    return { checkpoint: { state, weights, history: { dice: [], starts: [], ends: [] } }, file: null };
  }
  const file = folder.file(kind);
  const torch = await openTorchFile(file);
  try {
    const checkpoint = await readCheckpointV2(torch.value, trainer, settings, file);
    return { checkpoint: { ...checkpoint, state: continuedState(checkpoint.state, options.settings) }, file };
  } finally {
    await torch.close();
  }
}

interface FoldV2 {
  trainer: TrainerV2;
  folder: FoldFolder;
  lock: Lock;
  data: FoldData;
  begun: BeginningV2;
  /** When the training was asked for, in milliseconds. */
  started: number;
}

async function runFold(options: TrainOptionsV2, fold: FoldV2): Promise<TrainedFoldV2> {
  const { compute, workers, onProgress, signal } = options;
  const { trainer, folder, data, begun } = fold;
  const { state, weights, momenta, history } = begun.checkpoint;
  const batchSize = state.settings.batchSize ?? trainer.plannedBatchSize;
  const memory = await checkMemory({ ...options, trainer, batchSize, data });
  const batches = new LoadedBatches({ ...memory.data, recipe: trainer.recipe(batchSize), state, workers });
  try {
    await batches.prepare();
    const step = { momentum: state.momentum, share: shareOfState(state) };
    const shared = { trainer, batchSize, seed: state.settings.seed, compute };
    const engine = await startSessionEngine({ ...shared, ...step, weights, momenta });
    const log = await writeFirstFiles(options, fold, memory.line).catch(async (error: unknown) => {
      await engine.dispose();
      throw error;
    });
    state.elapsedSeconds += (performance.now() - fold.started) / 1000;
    const result = await new TrainingRun(state, trainer.rules(), {
      engine,
      batches,
      save: (kind, s, w, m) => save(kind, { state: s, weights: w, momenta: m, history }),
      restart: (w, m, { momentum, share }) =>
        startSessionEngine({ ...shared, momentum, share, weights: w, momenta: m }),
      log: (text) => log.line(text),
      onEpoch: async (report) => {
        const now = Date.now() / 1000;
        history.dice.push(report.classDice);
        history.starts.push(now - report.seconds);
        history.ends.push(now);
        await recordEpoch(report, log, `${trainer.trainerName}, ${options.configuration}, fold ${options.fold}`);
        options.onEpoch?.(report);
      },
      onProgress,
      now: () => performance.now() / 1000,
      signal,
    }).run();
    if (result === 'finished') await folder.remove('latest');
    return { result, foldFolder: folder.path, state };
  } finally {
    await batches.close();
  }

  async function save(kind: CheckpointKind, checkpoint: CheckpointV2): Promise<void> {
    fold.lock.check();
    await writeTorchFile(folder.file(kind), torchCheckpointV2(checkpoint, trainer, options.fold));
  }
}

/** Once nothing can be refused any more. */
async function writeFirstFiles(options: TrainOptionsV2, fold: FoldV2, memory: string): Promise<LogFile> {
  const { plans, dataset, modelFolder, preprocessedFolder, signal } = options;
  const { trainer, folder, data, begun } = fold;
  signal?.throwIfAborted();
  await storeSplits(preprocessedFolder, data.split, options.onLog);
  const log = await LogFile.start(folder.path, options.onLog);
  const { state } = begun.checkpoint;
  if (begun.file !== null) await log.line(`continuing from ${begun.file}, after epoch ${state.epoch}`);
  else {
    if (options.continueTraining) await log.line('there is nothing to continue yet: this is a new training');
    for (const name of await folder.setAside()) await log.line(`the model of an earlier training is kept as ${name}`);
  }
  for (const [name, content] of Object.entries({ plans, dataset })) {
    const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 4)}\n`;
    await writeFileAtomic(join(modelFolder, `${name}.json`), text);
  }
  const { train, val } = data.split;
  await log.line(
    `${trainer.trainerName} by the rules of nnU-Net 2, ${trainer.context.configuration}, fold ${options.fold}: ${counted(train.length, 'training case')}, ${counted(val.length, 'validation case')}`,
  );
  for (const notice of data.split.notices) await log.line(notice);
  await log.line(memory);
  const changes = describeChangedSettings(state.settings);
  if (changes !== '') await log.line(`settings that differ from nnU-Net's defaults: ${changes}`);
  return log;
}
