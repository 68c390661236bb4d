import { readFile } from 'node:fs/promises';
import { isChoiceCurrent } from '@nnunet/ensemble/node';
import { isNnUNetError } from '@nnunet/errors';
import { checkStage } from '@nnunet/pipeline/internal';
import { croppedFolder, FILE_NAMES, joinPath, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import type { ExperimentContext } from './experiment-context.ts';
import type { Job } from './job.ts';
import type { JobRecord } from './job-record.ts';
import { isMerged, isPredicted, isReported, scores } from './prediction-results.ts';
import { type JobResults, MISSING, sameSet } from './result-files.ts';
import { plansFileOf } from './task-facts.ts';
import { trainingResults } from './training-results.ts';

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
      const plans = await readPlans(plansFileOf(roots, settings, dimension));
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
