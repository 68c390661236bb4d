import { join } from 'node:path';
import { listed, NnUNetError } from '@nnunet/errors';
import type { Summary, SummaryHeader } from '../summary.ts';
import type { SummaryFormat } from '../summary-json.ts';
import { type EvaluateFilesOptions, evaluateFiles } from './evaluate-files.ts';
import { checkReferences, labelFiles } from './label-folder.ts';
import { stampedSummary, writeSummary } from './summary-file.ts';

export interface EvaluateFolderOptions extends Omit<EvaluateFilesOptions, 'pairs'>, SummaryFormat {
  /** Folder of the reference label files, `.nii.gz`. */
  reference: string;
  /** Folder of the predicted label files, with the same names. */
  predictions: string;
  header?: SummaryHeader;
}

/**
 * Scores every label file of a folder and writes `summary.json` there. Both folders must hold the same names:
 * throws 'missing-predictions' or 'missing-references' naming the files, and 'missing-folder'; and what reading and
 * comparing the files throws.
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
      remedy: `Predict these cases too, or take their references out of ${reference}.`,
    });
  }
  checkReferences(reference, expected, found);
  const pairs = expected.map((name) => ({ test: join(predictions, name), reference: join(reference, name) }));
  const summary = stampedSummary(await evaluateFiles({ ...rest, pairs }), header);
  await writeSummary(join(predictions, 'summary.json'), summary, { bareNaN });
  return summary;
}
