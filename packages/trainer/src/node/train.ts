import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_NAMES, type Fold, type Plans } from '@nnunet/dataset';
import { writePlans } from '@nnunet/dataset/node';
import type { WeightMap } from '@nnunet/inference';
import { initialiseWeights, redrawConvolutions } from '@nnunet/network';
import { chooseLowering, type DeviceName, type LoweringChoice } from '@nnunet/network/node';
import { describeChangedSettings } from '../changed-settings.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { createTrainer } from '../create-trainer.ts';
import { withPretrainedWeights } from '../pretrained-weights.ts';
import { shareOfState } from '../schedule.ts';
import type { Trainer } from '../trainer.ts';
import type { TrainerRegistry } from '../trainer-registry.ts';
import type { EpochReport, StepSettings, TrainingProgress } from '../training-ports.ts';
import { TrainingRun } from '../training-run.ts';
import { resolveSettings, type TrainingSettings } from '../training-settings.ts';
import { startingState, type TrainingState } from '../training-state.ts';
import { casesWithoutForeground } from './cases-without-foreground.ts';
import { checkMemory } from './check-memory.ts';
import { writeDebugFile } from './debug-file.ts';
import { foldData } from './fold-data.ts';
import { FoldFolder } from './fold-folder.ts';
import { LoadedBatches } from './loaded-batches.ts';
import { LogFile } from './log-file.ts';
import { writeProgressPicture } from './progress-picture.ts';
import { startSessionEngine } from './session-engine.ts';

export interface TrainOptions {
  /** `<preprocessed>/<TASK>`: holds the stage folders of prepared cases and splits_final.json. */
  preprocessedFolder: string;
  /** `<results>/nnUNet/<CONFIG>/<TASK>/<TRAINER>__<PLANS>`; the fold's folder is made in it. */
  modelFolder: string;
  task: string;
  plans: Plans;
  configuration: string;
  fold: Fold;
  /** Name of a trainer class. */
  trainer: string;
  /** Where the name is looked up; the built-in trainers if not given. */
  trainers?: TrainerRegistry;
  settings?: Partial<TrainingSettings>;
  /** Go on from the latest, final or best checkpoint. Settings given anew replace the stored ones. */
  continueTraining?: boolean;
  /** Folder of `<case>_segFromPrevStage.npz`; needed by a cascade. */
  previousStageFolder?: string;
  /** Weights to start from, of a network with the same encoder and decoder; only for a fresh training. */
  pretrainedWeights?: WeightMap;
  /** Keep the latest model alone; who is done with the finished one removes it. */
  disableSaving?: boolean;
  /** Threads that make batches. */
  workers?: number;
  /** Threads that compute; physical cores if not given. */
  threads?: number;
  /** Where the network is computed, in training; 'cpu' if not given. */
  device?: DeviceName;
  lowering?: LoweringChoice;
  /** Sessions, in threads of their own and on 'cuda' on GPUs of their own, that share each batch; 1 if not given. */
  sessions?: number;
  /** Bytes that training may take, this process included; what is free if not given. */
  maxMemory?: number;
  signal?: AbortSignal;
  onEpoch?: (report: EpochReport) => void;
  onProgress?: (progress: TrainingProgress) => void;
  /** Lines of the log file as they are written. */
  onLog?: (text: string) => void;
}

export interface TrainedFold {
  /** 'interrupted': `model_latest` holds everything, train with `continueTraining`. */
  result: 'finished' | 'interrupted';
  foldFolder: string;
  state: TrainingState;
  trainer: Trainer;
}

/**
 * Trains one fold of a configuration, from prepared cases to `model_final_checkpoint`. Writes the log, `progress.png`,
 * `debug.json`, the plans and the checkpoints on the way.
 *
 * @throws NnUNetError 'locked' when the fold is being trained already; 'unknown-trainer', 'no-cascade',
 *   'missing-checkpoint', 'missing-previous-stage', 'memory-limit', 'diverged', and what reading the cases throws
 *
 * Origin: v1's `run_training` and `NetworkTrainer.run_training`.
 */
export async function train(options: TrainOptions): Promise<TrainedFold> {
  const trainer = createTrainer(options);
  const folder = new FoldFolder(options.modelFolder, options.fold);
  await mkdir(folder.path, { recursive: true });
  const lock = await folder.lock(options.onLog);
  try {
    return await trainLocked(options, trainer, folder);
  } finally {
    await lock.release();
  }
}

async function trainLocked(options: TrainOptions, trainer: Trainer, folder: FoldFolder): Promise<TrainedFold> {
  const { plans, fold, signal } = options;
  const { split, splitsWritten, training, validation } = await foldData(options, trainer);
  const log = await LogFile.start(folder.path, options.onLog);
  const { state, weights, momenta, memory } = await begin(options, trainer, folder, log);
  await writePlans(join(options.modelFolder, FILE_NAMES.modelPlans), plans);
  if (state.finished) {
    await log.line(`this training has finished already: ${state.epoch} epochs`);
    return { result: 'finished', foldFolder: folder.path, state, trainer };
  }
  if (splitsWritten) await log.line(`wrote ${FILE_NAMES.splits} with five folds`);
  await log.line(`fold ${fold}: ${cases(split.train, 'training')}, ${cases(split.val, 'validation')}`);
  const empty = await casesWithoutForeground(training);
  if (empty.length > 0) {
    const more = empty.length > 5 ? ` and ${empty.length - 5} more` : '';
    await log.line(`no foreground in ${empty.slice(0, 5).join(', ')}${more}: their patches are drawn from anywhere`);
  }
  await log.line(memory);
  const batchSize = batchSizeOf(trainer, state.settings);
  const recipe = trainer.recipe(batchSize);
  const changes = describeChangedSettings(state.settings);
  if (changes !== '') await log.line(`settings other than nnU-Net's own: ${changes}`);
  const lowering = await loweringInWords(options);
  await log.line(lowering);
  if ((options.sessions ?? 1) > 1) {
    const where = (options.device ?? 'cpu') === 'cpu' ? '' : ', each on a GPU of its own';
    await log.line(`${options.sessions} sessions share each batch of ${batchSize}${where}`);
  }
  await writeDebugFile(folder.path, {
    trainer: trainer.constructor.name,
    task: options.task,
    fold,
    configuration: trainer.configuration,
    stage: trainer.stage,
    settings: state.settings,
    batch_size: batchSize,
    patch_size: trainer.stagePlans.patch_size,
    batch_dice: trainer.batchDice(),
    optimizer: trainer.optimizer(),
    mirror_axes: trainer.mirrorAxes(),
    recipe,
    network: trainer.network(),
    lowering,
    sessions: options.sessions ?? 1,
    log_file: log.path,
    epoch: state.epoch,
  });

  const { device, threads, sessions } = options;
  const engineOptions = { trainer, batchSize, seed: state.settings.seed, device, threads, sessions };
  const start = (w: WeightMap, m: WeightMap | undefined, { momentum, share }: Omit<StepSettings, 'redraw'>) =>
    startSessionEngine({ ...engineOptions, weights: w, momenta: m, momentum, share, lowering: options.lowering });
  const model = trainer.describeModel();
  const about = { task: options.task, fold, cases: split.train };
  const batches = new LoadedBatches({ training, validation, recipe, state, workers: options.workers });
  try {
    const result = await new TrainingRun(state, trainer.rules(), {
      engine: await start(weights, momenta, { momentum: state.momentum, share: shareOfState(state) }),
      batches,
      save: async (kind, s, w, m) => {
        if (options.disableSaving && kind === 'best') return;
        await folder.save(options.disableSaving ? 'latest' : kind, { model, about, state: s, weights: w, momenta: m });
      },
      restart: (w, m, step) =>
        start(step.redraw ? redrawConvolutions(trainer.network(), w, state.settings.seed + 1) : w, m, step),
      log: (text) => log.line(text),
      onEpoch: async (report) => {
        const { log: history, ...numbers } = report;
        await log.record(numbers);
        const brief = describeChangedSettings(state.settings, { brief: true });
        const title = `${options.task}, fold ${fold}${brief === '' ? '' : `: ${brief}`}`;
        await writeProgressPicture(join(folder.path, 'progress.png'), history, title).catch((error: unknown) =>
          log.line(`progress.png could not be drawn: ${error}`),
        );
        options.onEpoch?.(report);
      },
      onProgress: options.onProgress,
      now: () => performance.now() / 1000,
      signal,
    }).run();
    if (result === 'finished' && !options.disableSaving) await folder.remove('latest');
    return { result, foldFolder: folder.path, state, trainer };
  } finally {
    await batches.close();
  }
}

function cases(ids: readonly string[], role: string): string {
  return `${ids.length} ${role} ${ids.length === 1 ? 'case' : 'cases'}`;
}

/** The latest goes first: it is removed when the final one is written, so that it is newer where both exist. */
const CONTINUE_FROM = ['latest', 'final', 'best'] as const;

async function loweringInWords({
  lowering: choice = 'auto',
  device = 'cpu',
}: Pick<TrainOptions, 'lowering' | 'device'>): Promise<string> {
  if (device !== 'cpu') return `Device: ${device}, with standard operators.`;
  return choice === 'auto' ? (await chooseLowering()).reason : `Operators as asked for: ${choice}.`;
}

function batchSizeOf(trainer: Trainer, settings: TrainingSettings): number {
  return settings.batchSize ?? trainer.stagePlans.batch_size;
}

/** Where the training starts: at a checkpoint, or anew. Nothing is changed where a step would not fit the memory. */
async function begin(
  options: TrainOptions,
  trainer: Trainer,
  folder: FoldFolder,
  log: LogFile,
): Promise<{ state: TrainingState; weights: WeightMap; momenta?: WeightMap; memory: string }> {
  const check = (settings: TrainingSettings) =>
    checkMemory({ ...options, trainer, batchSize: batchSizeOf(trainer, settings) });
  if (options.continueTraining) {
    const remedy = 'There is nothing to continue: start the training without -c.';
    const { kind, checkpoint } = await folder.load(CONTINUE_FROM, remedy);
    const state = continued(checkpoint, options.settings);
    const memory = await check(state.settings);
    await log.line(`continuing from ${folder.file(kind)}, after epoch ${checkpoint.state.epoch}`);
    return { ...checkpoint, state, memory };
  }
  const settings = resolveSettings(options.settings, trainer.settings());
  const memory = await check(settings);
  for (const name of await folder.setAside()) await log.line(`an earlier training's model is kept as ${name}`);
  const fresh = initialiseWeights(trainer.network(), settings.seed);
  const weights = options.pretrainedWeights ? withPretrainedWeights(fresh, options.pretrainedWeights) : fresh;
  return { state: startingState(settings, trainer.optimizer().momentum), weights, memory };
}

/** The stored state with settings given anew. More epochs or more time than before reopen a finished training. */
function continued({ state }: Checkpoint, given: Partial<TrainingSettings> = {}): TrainingState {
  const settings = resolveSettings(given, state.settings);
  const moreEpochs = given.epochs !== undefined && given.epochs > state.epoch;
  const moreTime = given.timeBudget != null && given.timeBudget * 60 > state.elapsedSeconds;
  if (moreEpochs && given.timeBudget === undefined) settings.timeBudget = null;
  return { ...state, settings, finished: state.finished && !moreEpochs && !moreTime };
}
