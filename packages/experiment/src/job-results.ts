import type { ExperimentContext } from './experiment-context.ts';
import type { Job } from './job.ts';
import type { JobRecord } from './job-record.ts';
import { isMerged, isPostprocessed, isPredicted, isReported, scores } from './prediction-results.ts';
import { type JobResults, MISSING, sameSet } from './result-files.ts';
import { rulesOfExperiment } from './rules-of-experiment.ts';

/**
 * Reads whether the results of a job are there and up to date: not whether its command was run, but its files, by the
 * marks and hashes in them.
 */
export async function resultsOf(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<JobResults> {
  const { results } = rulesOfExperiment(context.settings.task);
  switch (job.kind) {
    case 'prepare':
      return { done: await results.isPrepared(context) };
    case 'train':
      return results.training(job, context);
    case 'choose':
      return choiceResults(job, context);
    case 'predict':
      return { done: await isPredicted(job, context, record) };
    case 'merge':
      return { done: await isMerged(job, context, record) };
    case 'postprocess':
      return { done: await isPostprocessed(job, context, record) };
    case 'evaluate':
      return scores(context, record);
    case 'report':
      return { done: await isReported(job, context, record) };
  }
}

async function choiceResults(job: Job, context: ExperimentContext): Promise<JobResults> {
  const { settings, choice } = context;
  if (choice === null) return MISSING;
  const single = choice.candidates.filter(({ members }) => members.length === 1).map(({ members }) => members[0]!);
  const alone = settings.arguments.choose?.includes('--disable_ensembling') ?? false;
  const wanted = job.configurations ?? single;
  const same =
    sameSet(choice.folds, job.folds!) &&
    sameSet(single, wanted) &&
    (single.length === choice.candidates.length) === (alone || single.length === 1);
  if (!same || !(await rulesOfExperiment(settings.task).results.isCurrent(choice, context))) return MISSING;
  return { done: true, dice: choice.best.score };
}
