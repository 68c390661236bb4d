import type { PathVariables } from '@nnunet/dataset/node';
import { requireInteger } from '@nnunet/errors/internal';
import { scoredLabels } from '@nnunet/metrics/internal';
import type { Extensions, Reporter } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import { resolveTaskFirst } from '@nnunet/store/internal';
import { shippedFormats } from '@nnunet/volume';
import type { ReportData } from './report-data.ts';
import { foldersOf, openTask } from './report-task.ts';
import { reportRulesOf } from './rules/rules-of-task.ts';
import { describeCases } from './sections/cases-section.ts';
import { type PredictedFolder, testCases, validationCases } from './sections/cases-to-show.ts';
import { bestOf, validatedCandidates } from './sections/cross-validation.ts';
import { describeData } from './sections/dataset-section.ts';
import { whatIsMissing } from './sections/missing.ts';
import { describePlans } from './sections/plans-section.ts';
import { describePredictions } from './sections/predictions-section.ts';
import { scoredByRegions } from './sections/region-scores.ts';
import { describeScores } from './sections/scores-section.ts';
import { describeTrainings } from './sections/trainings-section.ts';
import type { ModelChoice } from './trained-models.ts';

export interface CollectReportOptions extends ModelChoice {
  roots: Roots;
  /** Id or name. */
  task: string;
  /** Where image formats, and the architecture and the planner that plans may name, are looked up. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'architectures'> & Partial<Pick<Extensions, 'plannersV2' | 'formats'>>;
  /** Variables that paths in a dataset.json of v2 may name. */
  variables?: PathVariables;
  /** Predicted images to show. */
  predicted?: PredictedFolder;
  /**
   * Number of cases that have pictures and volumes, of those with references and of those without. Default: 30; they take at
   * most 11 MB.
   */
  cases?: number;
  /** Threads that read, compare and draw cases. */
  workers: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Number of cases with pictures and volumes, and the characters that those of a case may take: 11 MB in all. Cases with and
 * without references share them.
 */
const CASES = 30;
const BUDGET = 360_000;

/**
 * Collects what is known of a task from the disk: data set, plans, trainings, scores, predicted cases. What does not exist is
 * left out, and named in `missing`. Only reads.
 *
 * @throws NnUNetError 'unknown-task', 'ambiguous-task', and any error from reading files that exist
 */
export async function collectReport(options: CollectReportOptions): Promise<ReportData> {
  const { roots, extensions, cases = CASES } = options;
  requireInteger('cases', cases, 0);
  const name = await resolveTaskFirst(options.task, roots);
  const rules = reportRulesOf(name);
  options.reporter.message(`${name} (rules of ${rules.name})`);
  const folders = foldersOf(roots, name);
  const known = extensions?.formats ?? shippedFormats;
  const description = await rules.describe(folders, { variables: options.variables, known });
  const sources = { roots, task: name, rules, description, fileEnding: description?.fileEnding ?? '.nii.gz' };
  const formats = { ending: description?.fileEnding, reader: description?.reader, plugins: known.modules };
  const choice = rules.choiceOf(options);
  const models = roots.results === null ? [] : await rules.models(roots, name, choice);
  const validation = await validatedCandidates(sources, models);
  const scored = [...new Set(validation.flatMap(({ summary }) => scoredLabels(summary)))];
  const task = openTask({ ...sources, formats, folders, scored });
  const candidates = await scoredByRegions(validation, task, options);
  const { section: dataset, norms, files } = await describeData(task, { ...options, known });
  const [best] = bestOf(candidates);
  const validated = best === undefined ? [] : validationCases(best, task, files);
  const test = options.predicted === undefined ? null : await testCases(options.predicted, task, { ...options, known });
  const shown = validated.length + (test?.scored.length ?? 0);
  const drawn = Math.min(cases, shown) + Math.min(cases, test?.unscored.length ?? 0);
  const show = { ...options, cases, budget: BUDGET * Math.min(1, cases / drawn) };
  const plans = await describePlans(task, choice.plansIdentifier, extensions);
  const trainings = await describeTrainings(models, sources, candidates);
  return {
    task: name,
    rules: rules.name,
    created: new Date().toISOString(),
    missing: [...(await whatIsMissing(task, { dataset, plans, trainings }, choice)), ...(test?.missing ?? [])],
    dataset,
    plans,
    trainings,
    scores: describeScores(candidates, test?.scores ?? null, { decides: rules.decides, known: description }),
    cases: await describeCases([validated, test?.scored ?? []], task, norms, show),
    predictions:
      test === null || test.unscored.length === 0
        ? null
        : await describePredictions(options.predicted!.predictions, test.unscored, task, norms, show),
  };
}
