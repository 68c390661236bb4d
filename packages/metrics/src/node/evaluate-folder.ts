import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { casesFailed, listed } from '@nnunet/errors/internal';
import type { Summary, SummaryHeader } from '../summary.ts';
import type { SummaryFormat } from '../summary-json.ts';
import { type EvaluateFilesOptions, scorePairs } from './evaluate-files.ts';
import { checkReferences, labelFiles } from './label-pairs.ts';
import { stampedSummary, writeSummary } from './summary-file.ts';

export interface EvaluateFolderOptions extends Omit<EvaluateFilesOptions, 'pairs'>, SummaryFormat {
  /** Folder of the reference label files, `.nii.gz`. */
  reference: string;
  /** Folder of the predicted label files, with the same names. */
  predictions: string;
  header?: SummaryHeader;
}

/** Beside the predictions where some could not be scored, in place of summary.json. */
const INCOMPLETE_SUMMARY = 'summary_incomplete.json';

/**
 * Scores every label file of a folder and writes `summary.json` there. Both folders must hold the same names:
 * throws 'missing-predictions' or 'missing-references' naming the files, and 'missing-folder'. Where files cannot be scored
 * the others are, into `summary_incomplete.json`, which lists the files that failed: who reads the means of a
 * `summary.json` relies on that they are of all. An earlier `summary.json` goes away. Then throws 'cases-failed'.
 */
export async function evaluateFolder(options: EvaluateFolderOptions): Promise<Summary> {
  const { reference, predictions, header, bareNaN, ...rest } = options;
  const expected = await labelFiles(reference);
  const found = await labelFiles(predictions);
  const unpredicted = expected.filter((name) => !found.includes(name));
  if (unpredicted.length > 0) {
    throw new NnUNetError('missing-predictions', {
      what: `no prediction for ${listed(unpredicted)}`,
      where: predictions,
      remedy: `Predict these cases too, or remove their references from ${reference}.`,
    });
  }
  checkReferences(reference, expected, found);
  const pairs = expected.map((name) => ({ test: join(predictions, name), reference: join(reference, name) }));
  const { scored, failed } = await scorePairs({ ...rest, pairs });
  const summary = stampedSummary(scored, header);
  const [whole, incomplete] = [join(predictions, 'summary.json'), join(predictions, INCOMPLETE_SUMMARY)];
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
  await writeSummary(whole, summary, { bareNaN });
  await rm(incomplete, { force: true });
  return summary;
}
