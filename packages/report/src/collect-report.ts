import type { Extensions, Reporter } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import { describeData } from './dataset-section.ts';
import { describePlans } from './plans-section.ts';
import type { ReportData } from './report-data.ts';
import { openTask } from './report-task.ts';
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
 * Collects what is known of a task from the disk: data set, plans, trainings. What does not exist is left out. Only
 * reads.
 *
 * @throws NnUNetError 'unknown-task', 'ambiguous-task', and any error from reading files that exist
 */
export async function collectReport(options: CollectReportOptions): Promise<ReportData> {
  const { roots, plansIdentifier, extensions } = options;
  const task = await openTask(roots, options.task);
  const { section: dataset } = await describeData(task, options);
  const plans = await describePlans(task, plansIdentifier, extensions);
  const models = await trainedModels(roots, task.task, options);
  return {
    task: task.task,
    created: new Date().toISOString(),
    dataset,
    plans,
    trainings: await describeTrainings(models),
    scores: null,
    cases: [],
    predictions: null,
  };
}
