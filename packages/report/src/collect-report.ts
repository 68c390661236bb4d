import { scoredLabels } from '@nnunet/metrics/internal';
import type { Extensions, Reporter } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import { resolveTask } from '@nnunet/store/internal';
import { validatedCandidates } from './cross-validation.ts';
import { describeData } from './dataset-section.ts';
import { describePlans } from './plans-section.ts';
import type { ReportData } from './report-data.ts';
import { openTask } from './report-task.ts';
import { describeScores } from './scores-section.ts';
import { type ModelChoice, trainedModels } from './trained-models.ts';
import { describeTrainings } from './trainings-section.ts';

export interface CollectReportOptions extends ModelChoice {
  roots: Roots;
  /** Id or name. */
  task: string;
  /** Where the architecture that plans may name is looked up. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'architectures'>;
  /** Threads that read label maps. */
  workers: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Collects what is known of a task from the disk: data set, plans, trainings, scores. What does not exist is left out. Only
 * reads.
 *
 * @throws NnUNetError 'unknown-task', 'ambiguous-task', and any error from reading files that exist
 */
export async function collectReport(options: CollectReportOptions): Promise<ReportData> {
  const { roots, plansIdentifier, extensions } = options;
  const name = await resolveTask(options.task, roots);
  const models = await trainedModels(roots, name, options);
  const candidates = await validatedCandidates(roots, name, models);
  const task = await openTask(roots, name, [...new Set(candidates.flatMap(({ summary }) => scoredLabels(summary)))]);
  const { section: dataset } = await describeData(task, options);
  const plans = await describePlans(task, plansIdentifier, extensions);
  return {
    task: task.task,
    created: new Date().toISOString(),
    dataset,
    plans,
    trainings: await describeTrainings(models),
    scores: describeScores(candidates, null),
    cases: [],
    predictions: null,
  };
}
