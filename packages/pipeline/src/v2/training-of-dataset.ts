import { existsSync } from 'node:fs';
import { NnUNetError, usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import { configurationV2 } from '@nnunet/network/internal';
import { type Compute, requireDevice } from '@nnunet/network/node';
import { parseJsonWithNaN, type Roots } from '@nnunet/schema';
import {
  datasetModelFolder,
  FILE_NAMES,
  joinPath,
  nextStageFolderV2,
  parseFold,
  preprocessedFolder,
} from '@nnunet/schema/internal';
import { requireOwnNextStage, resolveDataset } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import { shippedListeners, type TrainingSettings } from '@nnunet/trainer';
import { checkSettings } from '@nnunet/trainer/internal';
import type { TrainOptionsV2 } from '@nnunet/trainer/node';
import type { TrainerNameV2 } from '@nnunet/trainer/v2';
import { type Extensions, shippedExtensions } from '../extensions.ts';
import { withLoggers } from '../loggers.ts';
import type { Reporter } from '../reporter.ts';
import { rulesV2 } from './plan-datasets.ts';
import { formatsOfReader } from './reader-formats.ts';

/** Which fold of which dataset is trained, and how. */
export interface DatasetTrainingOptions {
  roots: Roots;
  /** Id or name, such as 121 or Dataset121_Regions. */
  dataset: string | number;
  /** A key of the plans' configurations. */
  configuration: string;
  /** Index of a fold, or 'all'. */
  fold: string;
  /** v2's name of the trainer. Default: 'nnUNetTrainer'. */
  trainer?: TrainerNameV2;
  /** Name of the plans. Default: 'nnUNetPlans'. */
  plansName?: string;
  /** Where trainers and image formats are looked up, and who listens. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'trainersV2' | 'formats'> & Partial<Pick<Extensions, 'listeners'>>;
  /** Names of built-in loggers that write the training down, such as 'tensorboard'. Default: none. */
  logTo?: readonly string[];
  settings: Partial<TrainingSettings>;
  /** Device and settings for running the network. */
  compute?: Compute;
  /** Memory limit of the training in bytes. Default: the free memory. */
  maxMemory?: number;
  /** Threads that make batches. */
  workers?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** A training with its folders, plans and trainer found. */
export interface DatasetTraining extends Omit<TrainOptionsV2, 'trainer' | 'trainers' | 'formats' | 'listeners'> {
  trainer: TrainerNameV2;
  trainers: Extensions['trainersV2'];
  formats: Extensions['formats'];
  listeners: Extensions['listeners'];
}

/**
 * Checks the options of a training by v2's rules, and finds its dataset, plans, trainer and folders. Nothing is written.
 *
 * @throws NnUNetError 'usage', 'unknown-trainer', 'missing-plans', 'missing-file', 'bad-plans', 'stale-previous-stage',
 * 'device-failed', …
 */
export async function trainingOfDataset(options: DatasetTrainingOptions): Promise<DatasetTraining> {
  const { roots, configuration, trainer = 'nnUNetTrainer', plansName: plans = 'nnUNetPlans', reporter } = options;
  const { extensions = shippedExtensions, compute = {}, settings } = options;
  const fold = parseFold(options.fold);
  checkSettings(settings);
  requireInteger('threads', compute.threads, 1);
  await requireDevice(compute.device ?? 'cpu', compute.sessions ?? 1);
  const listeners = withLoggers(extensions.listeners ?? shippedListeners, options.logTo);
  extensions.trainersV2.get(trainer);
  const task = await resolveDataset(options.dataset, roots);
  reporter.message(`${task} (rules of ${rulesV2.name})`);
  const folder = preprocessedFolder(roots, task);
  const planned = await readPlans(folder, { task, plans, configuration });
  const dataset = await readDatasetText(folder, task);
  const { workers, maxMemory, signal } = options;
  return {
    plans: planned,
    dataset,
    configuration,
    where: folder,
    trainer,
    trainers: extensions.trainersV2,
    listeners,
    preprocessedFolder: folder,
    modelFolder: datasetModelFolder(roots, { task, trainer, plans, configuration }),
    previousStageFolder: await previousStageOf(planned, { roots, task, trainer, plans, configuration }),
    fold,
    settings,
    formats: await formatsOfReader(
      String(planned.image_reader_writer),
      [fileEndingOf(dataset, folder)],
      extensions.formats,
    ),
    workers,
    compute,
    maxMemory,
    signal,
  };
}

/**
 * Where the previous stage of a cascade, trained with the same trainer and plans, writes its labels.
 *
 * @throws NnUNetError 'stale-previous-stage' if they are not of the models that are there
 */
async function previousStageOf(
  planned: Record<string, unknown>,
  { roots, configuration, ...name }: Choice & { roots: Roots; trainer: string },
): Promise<string | undefined> {
  const { previous_stage: previous } = configurationV2(planned, configuration) as { previous_stage?: unknown };
  if (typeof previous !== 'string' || previous === '') return undefined;
  const modelFolder = datasetModelFolder(roots, { ...name, configuration: previous });
  const folder = nextStageFolderV2(modelFolder, configuration);
  const command = `nnUNetv2_train -tr ${name.trainer} -p ${name.plans} ${name.task} ${previous}`;
  if (existsSync(folder)) await requireOwnNextStage(folder, modelFolder, { configuration: previous, command });
  return folder;
}

interface Choice {
  task: string;
  /** Name of the plans. */
  plans: string;
  configuration: string;
}

/** Reads the plans, which must have the configuration, and its cases be prepared. */
async function readPlans(folder: string, { task, plans, configuration }: Choice): Promise<Record<string, unknown>> {
  const file = joinPath(folder, `${plans}.json`);
  if (!existsSync(file)) {
    throw new NnUNetError('missing-plans', {
      what: `${task} has no plans called ${plans}`,
      where: file,
      remedy: `Check \`plansName\`, or plan and prepare the dataset first: nnUNetv2_plan_and_preprocess \`datasets\` ${task}`,
    });
  }
  const content = Object(parseJsonWithNaN(await readTextFile(file), file)) as Record<string, unknown>;
  const known = Object.keys(Object(content.configurations));
  if (!known.includes(configuration)) {
    throw usageError({
      what: `the plans have no configuration ${configuration}`,
      where: file,
      remedy: `Train one of ${known.join(', ')}.`,
    });
  }
  const { data_identifier: identifier } = configurationV2(content, configuration, file) as { data_identifier?: string };
  const prepared = joinPath(folder, String(identifier));
  if (identifier === undefined || existsSync(prepared)) return content;
  throw new NnUNetError('missing-file', {
    what: `the cases of ${configuration} are not prepared`,
    where: prepared,
    remedy: `Prepare them first: nnUNetv2_preprocess \`datasets\` ${task} \`plansName\` ${plans} \`configurations\` ${configuration}`,
  });
}

/** dataset.json as text, in which regions keep their order. */
async function readDatasetText(folder: string, task: string): Promise<string> {
  const file = joinPath(folder, FILE_NAMES.dataset);
  if (existsSync(file)) return readTextFile(file);
  throw new NnUNetError('missing-file', {
    what: 'dataset.json is not in the folder of the prepared dataset',
    where: file,
    remedy: `Plan the dataset again, which copies it there: nnUNetv2_plan_experiment \`datasets\` ${task}`,
  });
}

function fileEndingOf(dataset: string, folder: string): string {
  const { file_ending: ending } = Object(parseJsonWithNaN(dataset, joinPath(folder, FILE_NAMES.dataset)));
  return typeof ending === 'string' ? ending : '.nii.gz';
}
