import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isChoiceCurrent } from '@nnunet/ensemble/node';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import { findCases } from '@nnunet/inference/node';
import { readCheckpointJson } from '@nnunet/inference/node/internal';
import { meanWithoutNaN, scoredLabels } from '@nnunet/metrics/internal';
import { readSummary } from '@nnunet/metrics/node';
import { checkStage } from '@nnunet/pipeline/internal';
import type { Configuration, Fold } from '@nnunet/schema';
import {
  croppedFolder,
  FILE_NAMES,
  foldFolderName,
  joinPath,
  modelFolder,
  nextStageFolder,
  plansFileName,
  preprocessedFolder,
  rawFolder,
} from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { readValidationRecord, requireOwnValidation } from '@nnunet/store/internal';
import { createTrainer, type TrainingState } from '@nnunet/trainer';
import { stateFromJson } from '@nnunet/trainer/internal';
import { settingsConflict } from './asked-settings.ts';
import type { ExperimentContext } from './experiment-context.ts';
import type { Job } from './job.ts';
import { commandOf, folderOfPrediction, inShell, membersOf } from './job-command.ts';
import type { JobRecord } from './job-record.ts';

/** What the files say about the results of a job. */
export interface JobResults {
  done: boolean;
  /** Mean foreground Dice, of trainings, comparisons and scores. */
  dice?: number;
  /** The error that forbids to run the job, because its results are of another kind than asked for. */
  refusal?: NnUNetError;
}

const MISSING: JobResults = { done: false };
const VALIDATION = 'validation_raw';

/**
 * Reads whether the results of a job are there and up to date: not whether its command was run, but its files, by the
 * marks and hashes in them.
 */
export async function resultsOf(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<JobResults> {
  switch (job.kind) {
    case 'prepare':
      return { done: await isPrepared(context) };
    case 'train':
      return trainingResults(job, context);
    case 'choose':
      return choiceResults(job, context);
    case 'predict':
      return { done: await isPredicted(job, context, record) };
    case 'merge':
      return { done: await isMerged(job, context, record) };
    case 'evaluate':
      return scores(context, record);
    case 'report':
      return { done: await isReported(job, context, record) };
  }
}

/**
 * Whether plans and prepared cases are there for every configuration, made from each other and with the present
 * dataset.json. The raw images themselves are not read.
 */
async function isPrepared({ roots, settings, facts, jobs }: ExperimentContext): Promise<boolean> {
  const wanted = new Set(jobs.flatMap(({ kind, configuration }) => (kind === 'train' ? [configuration!] : [])));
  const dimensions = (['2D', '3D'] as const).filter((d) => [...wanted].some((c) => (c === '2d') === (d === '2D')));
  if (settings.configurations === null && facts.planned === null) return false;
  const folder = preprocessedFolder(roots, settings.task);
  const cropped = roots.rawBase === null ? null : croppedFolder(roots, settings.task);
  if (roots.rawBase !== null) {
    const [raw, copy] = await Promise.all(
      [rawFolder(roots, settings.task), folder].map((from) =>
        readFile(joinPath(from, FILE_NAMES.dataset), 'utf8').catch(() => null),
      ),
    );
    // Raw data may have stayed on another machine.
    if (raw !== null && raw !== copy) return false;
  }
  try {
    for (const dimension of dimensions) {
      const plans = await readPlans(joinPath(folder, plansFileName(dimension, settings.plansIdentifier)));
      for (const stage of Object.keys(plans.plans_per_stage).map(Number))
        await checkStage(plans, stage, folder, cropped);
    }
    return true;
  } catch (error) {
    if (isNnUNetError(error, 'missing-file') || isNnUNetError(error, 'unfinished') || isNnUNetError(error, 'stale'))
      return false;
    throw error;
  }
}

/** Folder of a fold of the experiment. */
export function foldFolder({ roots, settings }: ExperimentContext, configuration: Configuration, fold: Fold): string {
  return joinPath(modelFolderOf({ roots, settings }, configuration), foldFolderName(fold));
}

function modelFolderOf(
  { roots, settings }: Pick<ExperimentContext, 'roots' | 'settings'>,
  configuration: Configuration,
) {
  const { task, trainer, cascadeTrainer, plansIdentifier: plans } = settings;
  const own = configuration === '3d_cascade_fullres' ? cascadeTrainer : trainer;
  return modelFolder(roots, { configuration, task, trainer: own, plans });
}

async function trainingResults(job: Job, context: ExperimentContext): Promise<JobResults> {
  const configuration = job.configuration!;
  const folder = foldFolder(context, configuration, job.fold!);
  const file = (kind: 'final' | 'latest') => joinPath(folder, CHECKPOINT_NAMES[kind] + CHECKPOINT_SUFFIX);
  if (!existsSync(file('final'))) return MISSING;
  const { json } = await readCheckpointJson(file('final'));
  // Models of others that were imported have no state.
  const state = json.state === undefined ? null : stateFromJson(json.state, file('final'));
  const refusal =
    state === null ? null : refusalOf(job, folder, state, await usualSettings(configuration, context), context);
  if (refusal !== null) return { done: false, refusal };
  // The latest checkpoint is newer than the final one of a training that was extended.
  if (existsSync(file('latest'))) return MISSING;
  const words = context.settings.arguments.train ?? [];
  if (words.includes('--disable_validation_inference')) return { done: true };
  try {
    await requireOwnValidation(folder, VALIDATION);
  } catch (error) {
    if (isNnUNetError(error, 'missing-validation') || isNnUNetError(error, 'stale-validation')) return MISSING;
    throw error;
  }
  const forCascade =
    configuration === '3d_lowres' && context.jobs.some((other) => other.configuration === '3d_cascade_fullres');
  if (forCascade && !(await hasNextStage(job.fold!, folder, context))) return MISSING;
  return { done: true, dice: await diceIn(joinPath(folder, VALIDATION, 'summary.json')) };
}

async function usualSettings(configuration: Configuration, context: ExperimentContext) {
  const { settings, extensions } = context;
  const plans = await readPlans(joinPath(modelFolderOf(context, configuration), FILE_NAMES.modelPlans));
  const trainer = configuration === '3d_cascade_fullres' ? settings.cascadeTrainer : settings.trainer;
  return createTrainer({ plans, configuration, trainer, ...extensions }).settings();
}

function refusalOf(
  { configuration, fold }: Job,
  where: string,
  state: TrainingState,
  usual: TrainingState['settings'],
  { settings }: ExperimentContext,
): NnUNetError | null {
  const conflict = settingsConflict(settings.arguments.train ?? [], state.settings, usual);
  if (conflict === null) return null;
  return new NnUNetError('other-settings', {
    what: `fold ${fold} of ${configuration} is finished, but not as asked: ${conflict}`,
    where,
    remedy:
      'Ask for the settings that it was trained with. To train anew with others, move this folder away, or use a trainer or ' +
      'plans of another name (`trainer`, `plansIdentifier`).',
  });
}

/** Whether a fold of 3d_lowres has predicted its cases for the cascade with its present model. */
async function hasNextStage(fold: Fold, folder: string, context: ExperimentContext): Promise<boolean> {
  const predicted = nextStageFolder(modelFolderOf(context, '3d_lowres'));
  try {
    const { model, finished } = JSON.parse(await readFile(joinPath(predicted, `${foldFolderName(fold)}.json`), 'utf8'));
    const validated = await readValidationRecord(joinPath(folder, VALIDATION));
    return finished === true && (validated?.model == null || validated.model.sha256 === model?.sha256);
  } catch {
    return false;
  }
}

async function choiceResults(job: Job, { roots, settings, choice }: ExperimentContext): Promise<JobResults> {
  if (choice === null) return MISSING;
  const single = choice.candidates.filter(({ members }) => members.length === 1).map(({ members }) => members[0]!);
  const alone = settings.arguments.choose?.includes('--disable_ensembling') ?? false;
  const wanted = job.configurations ?? single;
  const same =
    sameSet(choice.folds, job.folds!) &&
    sameSet(single, wanted) &&
    (single.length === choice.candidates.length) === (alone || single.length === 1);
  if (!same || !(await isChoiceCurrent(roots.results!, choice))) return MISSING;
  return { done: true, dice: choice.best.score };
}

function sameSet<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

/** Hashes of the models that a job predicts with or merges, by configuration and fold; empty for other jobs. */
export async function modelsOf(job: Job, context: ExperimentContext): Promise<Record<string, string>> {
  const merged = job.kind === 'merge' ? (context.choice?.best.members ?? []) : [];
  const configurations = job.kind === 'predict' ? [job.configuration!] : merged;
  const models: Record<string, string> = {};
  for (const configuration of configurations as Configuration[]) {
    const folds = context.jobs.find(
      (other) => other.kind === 'predict' && other.configuration === configuration,
    )?.folds;
    for (const fold of folds ?? []) {
      const folder = foldFolder(context, configuration, fold);
      const record = await readValidationRecord(joinPath(folder, VALIDATION));
      const checkpoint = joinPath(folder, CHECKPOINT_NAMES.final + CHECKPOINT_SUFFIX);
      // Without a validation, the time of the checkpoint tells models apart.
      models[`${configuration}/${foldFolderName(fold)}`] = record?.model?.sha256 ?? String(await timeOf(checkpoint));
    }
  }
  return models;
}

/** Whether the last finished attempt ran the same command on the same models. */
async function ranAlike(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  const last = record?.attempts.filter(({ outcome }) => outcome === 'done').at(-1);
  const command = commandOf(job, context.inCommands);
  if (last === undefined || command === null || last.command !== inShell(command)) return false;
  const models = await modelsOf(job, context);
  const before = record!.madeFrom ?? {};
  return (
    sameSet(Object.keys(models), Object.keys(before)) && Object.keys(models).every((key) => models[key] === before[key])
  );
}

/** Ids of the images to predict. */
async function casesOf({ settings, extensions }: ExperimentContext): Promise<string[]> {
  // The first modality of every case is enough to know its name.
  const { cases } = await findCases(settings.prediction!.images, 1, extensions.formats);
  return cases.map(({ id }) => id);
}

/**
 * Returns a text that changes with every piece of a job's work that need not be done again: the iterations of a
 * training and its validated cases, the predicted cases.
 */
export async function progressOf(job: Job, context: ExperimentContext): Promise<string> {
  if (job.kind === 'train') {
    const folder = foldFolder(context, job.configuration!, job.fold!);
    for (const kind of ['latest', 'final'] as const) {
      const file = joinPath(folder, CHECKPOINT_NAMES[kind] + CHECKPOINT_SUFFIX);
      if (!existsSync(file)) continue;
      const { json } = await readCheckpointJson(file);
      const { epoch, iterationLosses } = stateFromJson(json.state, file);
      return `${epoch}, ${iterationLosses.length}, ${await labelMapsIn(joinPath(folder, VALIDATION))}`;
    }
  }
  if (job.kind !== 'predict') return '';
  const members = membersOf(job, context.choice) ?? [];
  return String(
    await labelMapsIn(folderOfPrediction(context.settings.prediction!.output, job.configuration!, members)),
  );
}

async function labelMapsIn(folder: string): Promise<number> {
  return (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.nii.gz')).length;
}

async function isPredicted(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const { output, parts } = context.settings.prediction!;
  const members = membersOf(job, context.choice)!;
  const folder = folderOfPrediction(output, job.configuration!, members);
  const endings = members.length > 1 && members.includes(job.configuration!) ? ['.nii.gz', '.npz'] : ['.nii.gz'];
  const own = (await casesOf(context)).filter((_, i) => i % parts === job.part);
  return own.every((id) => endings.every((ending) => existsSync(joinPath(folder, id + ending))));
}

async function isMerged(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const { output } = context.settings.prediction!;
  const members = context.choice!.best.members;
  for (const id of await casesOf(context)) {
    const merged = await timeOf(joinPath(output, `${id}.nii.gz`));
    for (const member of members) if (merged < (await timeOf(joinPath(output, member, `${id}.npz`)))) return false;
    if (merged === 0) return false;
  }
  return true;
}

async function scores(context: ExperimentContext, record: JobRecord | null): Promise<JobResults> {
  const { output, references } = context.settings.prediction!;
  const file = joinPath(output, 'summary.json');
  const scored = await timeOf(file);
  if (scored === 0 || record === null) return MISSING;
  for (const id of await casesOf(context)) {
    const inputs = [joinPath(output, `${id}.nii.gz`), joinPath(references!, `${id}.nii.gz`)];
    for (const input of inputs) if (scored < (await timeOf(input))) return MISSING;
  }
  return { done: true, dice: await diceIn(file) };
}

/** Whether the report is newer than the last end of every job that it shows. */
async function isReported(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const written = await timeOf(context.folder.reportFile);
  const others = await Promise.all(context.jobs.filter(({ id }) => id !== job.id).map(({ id }) => context.record(id)));
  const ends = others.flatMap((other) => other?.attempts.filter(({ outcome }) => outcome === 'done') ?? []);
  return written > 0 && ends.every(({ ended }) => Date.parse(ended!) <= written);
}

/** Milliseconds since 1970 of the last change of a file; 0 if there is none. */
async function timeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.mtimeMs ?? 0;
}

async function diceIn(summaryFile: string): Promise<number> {
  const summary = await readSummary(summaryFile);
  return meanWithoutNaN(scoredLabels(summary).map((label) => summary.results.mean[label]?.Dice ?? Number.NaN));
}
