import { aggregateScores, type Summary } from '@nnunet/metrics';
import { meanWithoutNaN } from '@nnunet/metrics/internal';
import { scorePairs } from '@nnunet/metrics/node/internal';
import { joinPath } from '@nnunet/schema/internal';
import { regionsOf } from '../label-class.ts';
import { ifExists, type ReportTask } from '../report-task.ts';
import type { ValidatedCandidate } from './cross-validation.ts';
import type { SectionOptions } from './dataset-section.ts';

/**
 * Scores the cross-validation of a task with regions by these, as the summaries in the folders only have the labels. The
 * summaries of the result are by names of regions. Cases without a reference, or whose files cannot be compared, are left
 * out. Candidates of a task without regions are returned as they are.
 */
export async function scoredByRegions(
  candidates: readonly ValidatedCandidate[],
  task: ReportTask,
  options: SectionOptions,
): Promise<ValidatedCandidate[]> {
  const regions = regionsOf(task.labels);
  const { references } = task;
  if (regions === undefined || references === null) return [...candidates];
  const score = async (files: readonly { id: string; file: string }[], what: string): Promise<Summary> => {
    const pairs = files.flatMap(({ id, file }) => {
      const reference = ifExists(joinPath(references, `${id}.nii.gz`));
      return reference === null || ifExists(file) === null ? [] : [{ test: file, reference }];
    });
    const { scored } = await scorePairs({
      pairs,
      regions,
      ignoreLabel: task.ignoreLabel,
      metrics: ['Dice'],
      grid: { elsewhere: 'warn' },
      workers: options.workers,
      signal: options.signal,
      onProgress: ({ done, total }) => options.reporter.progress({ what: `scoring the regions, ${what}`, done, total }),
    });
    return aggregateScores(scored);
  };
  const found: ValidatedCandidate[] = [];
  for (const one of candidates) {
    const { name, predictions, postprocessed, postprocessedFolder } = one;
    const summary = await score(predictions, name);
    if (summary.results.all.length === 0) continue;
    const after =
      postprocessed === null
        ? null
        : await score(
            predictions.map(({ id }) => ({ id, file: joinPath(postprocessedFolder, `${id}.nii.gz`) })),
            `${name}, postprocessed`,
          );
    found.push({ ...one, candidate: { ...one.candidate, ...meansOf(summary) }, summary, postprocessed: after });
  }
  return found;
}

function meansOf({ results }: Summary): Pick<ValidatedCandidate['candidate'], 'dice' | 'score' | 'average'> {
  const dice = Object.fromEntries(
    Object.entries(results.mean).map(([region, { Dice = Number.NaN }]) => [region, Dice]),
  );
  const values = Object.values(dice);
  const score = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { dice, score, average: meanWithoutNaN(values) };
}
