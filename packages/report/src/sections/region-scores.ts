import { isDeepStrictEqual } from 'node:util';
import { scoreCandidate } from '@nnunet/ensemble';
import { aggregateScores, type Summary } from '@nnunet/metrics';
import { regionsIn } from '@nnunet/metrics/internal';
import { scorePairs } from '@nnunet/metrics/node/internal';
import { joinPath } from '@nnunet/schema/internal';
import { regionsOf } from '../label-class.ts';
import { formatsOfTask } from '../node/task-formats.ts';
import type { ReportTask } from '../report-task.ts';
import { ifExists } from '../rules/existing-files.ts';
import type { ValidatedCandidate } from './cross-validation.ts';
import type { SectionOptions } from './dataset-section.ts';

/**
 * Returns the scores of the cross-validation of a task with regions by these. Where a summary does not have them, because
 * it was made before the task asked for these regions, the label maps are scored; cases without a reference, or whose files
 * cannot be compared, are left out. Candidates of a task without regions are returned as they are.
 */
export async function scoredByRegions(
  candidates: readonly ValidatedCandidate[],
  task: ReportTask,
  options: SectionOptions,
): Promise<ValidatedCandidate[]> {
  const regions = regionsOf(task.labels);
  const { references } = task;
  if (regions === undefined || references === null) return [...candidates];
  const score = async (
    files: readonly { id: string; file: string }[],
    what: string,
    own: Summary,
  ): Promise<Summary> => {
    if (isDeepStrictEqual(regionsIn(own), regions)) return own;
    const pairs = files.flatMap(({ id, file }) => {
      const reference = ifExists(joinPath(references, id + task.fileEnding));
      return reference === null || ifExists(file) === null ? [] : [{ test: file, reference }];
    });
    const { scored } = await scorePairs({
      pairs,
      formats: await formatsOfTask(
        task.formats,
        pairs.flatMap(({ test, reference }) => [test, reference]),
      ),
      labels: [],
      regions,
      ignoreLabel: task.ignoreLabel,
      metrics: ['Dice'],
      grid: { elsewhere: 'warn' },
      workers: options.workers,
      signal: options.signal,
      onProgress: ({ done, total }) => options.reporter.progress({ what: `scoring the regions, ${what}`, done, total }),
    });
    return aggregateScores(scored, { regions });
  };
  const found: ValidatedCandidate[] = [];
  for (const one of candidates) {
    const { name, predictions, postprocessed, postprocessedFolder } = one;
    const summary = await score(predictions, name, one.summary);
    if (summary.results.all.length === 0) continue;
    const after =
      postprocessed === null || postprocessedFolder === null
        ? null
        : await score(
            predictions.map(({ id }) => ({ id, file: joinPath(postprocessedFolder, id + task.fileEnding) })),
            `${name}, postprocessed`,
            postprocessed,
          );
    found.push({
      ...one,
      candidate: scoreCandidate(one.candidate.name, one.candidate.members, summary),
      summary,
      postprocessed: after,
    });
  }
  return found;
}
