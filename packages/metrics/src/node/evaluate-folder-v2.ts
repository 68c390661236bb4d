import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { joinPath } from '@nnunet/schema/internal';
import { filesIn, readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { formatSummaryV2, parseSummaryV2, type SummaryV2, summaryV2 } from '../v2/summary-v2.ts';
import { checkPredictions, checkReferences, noPredictions } from './label-pairs.ts';
import { type ScoreFilesOptionsV2, scoreFilesV2 } from './score-files-v2.ts';

export interface EvaluateFolderOptionsV2 extends Omit<ScoreFilesOptionsV2, 'pairs'> {
  /** Folder of the reference label maps. */
  reference: string;
  /** Folder of the predicted label maps, with the same names. */
  predictions: string;
  /** With the dot, such as `.nii.gz`. Other files are not looked at. */
  fileEnding: string;
  /** References need not have a prediction. Default: false. */
  chill?: boolean;
  /** Default: summary.json in the folder of predictions. */
  outputFile?: string;
}

/**
 * Scores every predicted label map of a folder by v2's metrics and writes v2's summary.json. An earlier one is deleted
 * if any file cannot be scored.
 * Origin: `compute_metrics_on_folder` of v2's evaluation/evaluate_predictions.py.
 *
 * @throws NnUNetError 'missing-predictions', 'missing-references', 'missing-folder', 'cases-failed'
 */
export async function evaluateFolderV2(options: EvaluateFolderOptionsV2): Promise<SummaryV2> {
  const { reference, predictions, fileEnding, chill = false, ...rest } = options;
  const { outputFile = joinPath(predictions, 'summary.json'), ...scoring } = rest;
  const expected = await filesIn(reference, fileEnding);
  const found = await filesIn(predictions, fileEnding);
  if (!chill) checkPredictions({ reference, predictions }, expected, found, 'score only the others (`chill`)');
  if (found.length === 0) throw noPredictions(predictions, fileEnding);
  checkReferences(reference, expected, found, fileEnding);
  const pairs = found.map((name) => ({ test: joinPath(predictions, name), reference: joinPath(reference, name) }));
  await rm(outputFile, { force: true });
  const summary = summaryV2(await scoreFilesV2({ ...scoring, pairs }));
  await writeSummaryV2(outputFile, summary);
  return summary;
}

/** Writes v2's summary.json in one step; its folder is made if it is not there. */
export async function writeSummaryV2(path: string, summary: SummaryV2): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, formatSummaryV2(summary));
}

/** Reads v2's summary.json. Throws 'missing-file', 'no-access' or 'bad-summary'. */
export async function readSummaryV2(path: string): Promise<SummaryV2> {
  return parseSummaryV2(await readTextFile(path), path);
}
