import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { casesFailed } from '@nnunet/errors/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { formatLesions, formatScores, type NamesOfLabels } from '../score-tables.ts';
import type { Summary, SummaryHeader } from '../summary.ts';
import type { SummaryFormat } from '../summary-json.ts';
import { type EvaluateFilesOptions, scorePairs } from './evaluate-files.ts';
import { checkPredictions, checkReferences, labelFiles } from './label-pairs.ts';
import { stampedSummary, writeSummary } from './summary-file.ts';

export interface EvaluateFolderOptions extends Omit<EvaluateFilesOptions, 'pairs'>, SummaryFormat {
  /** Folder of the reference label files, `.nii.gz`. */
  reference: string;
  /** Folder of the predicted label files, with the same names. */
  predictions: string;
  header?: SummaryHeader;
  /** Names of labels by number, for the tables. */
  names?: NamesOfLabels;
}

/** Written next to the predictions instead of summary.json if some files could not be scored. */
const INCOMPLETE_SUMMARY = 'summary_incomplete.json';

/**
 * Scores every label file of a folder and writes `summary.json` there, the scores of each case and label as
 * `scores.csv`, and with `lesions` each lesion as `lesions.csv`. If some files cannot be scored, the others are, and
 * `summary_incomplete.json` is written instead, with a list of the files that failed, because the means in a
 * `summary.json` must cover all cases. What an earlier evaluation wrote is deleted.
 *
 * @throws NnUNetError 'missing-predictions' or 'missing-references' if the folders do not hold the same names;
 * 'missing-folder'; 'cases-failed' if some files could not be scored
 */
export async function evaluateFolder(options: EvaluateFolderOptions): Promise<Summary> {
  const { reference, predictions, header, bareNaN, names, ...rest } = options;
  const expected = await labelFiles(reference);
  const found = await labelFiles(predictions);
  checkPredictions({ reference, predictions }, expected, found);
  checkReferences(reference, expected, found);
  const pairs = expected.map((name) => ({ test: join(predictions, name), reference: join(reference, name) }));
  const { scored, failed } = await scorePairs({ ...rest, pairs });
  const summary = stampedSummary(scored, { ...header, ignoreLabel: rest.ignoreLabel, regions: rest.regions });
  const [whole, incomplete] = [join(predictions, 'summary.json'), join(predictions, INCOMPLETE_SUMMARY)];
  const [scoreTable, lesionTable] = [join(predictions, 'scores.csv'), join(predictions, 'lesions.csv')];
  for (const file of [scoreTable, lesionTable]) await rm(file, { force: true });
  if (failed.length > 0) {
    await rm(whole, { force: true });
    const reasons = failed.map(({ name, error }) => ({ file: name, reason: (error as Error).message }));
    await writeSummary(incomplete, { ...summary, failed: reasons }, { bareNaN });
    throw casesFailed(failed, {
      total: pairs.length,
      noun: 'file',
      remedy: `No summary.json was written, because its means would cover only the other cases; their scores are in ${incomplete}. Correct these files and run the command again.`,
    });
  }
  await writeFileAtomic(scoreTable, formatScores(summary, names));
  if (rest.lesions) await writeFileAtomic(lesionTable, formatLesions(scored, names));
  await writeSummary(whole, summary, { bareNaN });
  await rm(incomplete, { force: true });
  return summary;
}
