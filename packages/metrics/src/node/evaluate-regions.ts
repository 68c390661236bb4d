import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { writeFileAtomic } from '@nnunet/tensor/node';
import { type GridNotice, type GridNoticeRule, withOneNote } from '@nnunet/volume';
import { formatRegionTable, type Regions, regionDice } from '../regions.ts';
import { checkReferences, LABEL_SUFFIX, labelFiles } from './label-folder.ts';
import { readPair } from './read-pair.ts';

export interface EvaluateRegionsOptions {
  /** Folder of the reference label files, `.nii.gz`; may hold more cases than were predicted. */
  reference: string;
  /** Folder of the predicted label files. */
  predictions: string;
  regions: Regions;
  /** How the places of a prediction and its reference are compared. */
  grid?: GridNoticeRule;
  signal?: AbortSignal;
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
  /** At the end; see `evaluateFiles`. */
  onNotice?: (notice: GridNotice) => void;
}

/**
 * Dice per region of every predicted label file; writes `summary.csv` into the folder of predictions. Throws
 * 'missing-references', 'missing-predictions' when there are none, 'missing-folder', and what comparing files throws.
 */
export async function evaluateRegions(
  options: EvaluateRegionsOptions,
): Promise<{ name: string; dice: Record<string, number> }[]> {
  const { reference, predictions, regions, grid, signal, onProgress, onNotice } = options;
  const names = await labelFiles(predictions);
  checkReferences(reference, await labelFiles(reference), names);
  if (names.length === 0) {
    throw new NnUNetError('missing-predictions', {
      what: `there is no ${LABEL_SUFFIX} file to evaluate`,
      where: predictions,
      remedy: 'Name the folder that holds the predictions.',
    });
  }
  const cases = [];
  const notices: GridNotice[] = [];
  for (const name of names) {
    signal?.throwIfAborted();
    const pair = await readPair({ test: join(predictions, name), reference: join(reference, name) }, grid);
    notices.push(...pair.notices);
    const dice = regionDice(pair.test.data, pair.reference.data, regions);
    cases.push({ name: name.slice(0, -LABEL_SUFFIX.length), dice });
    onProgress?.({ done: cases.length, total: names.length, file: name });
  }
  for (const notice of withOneNote(notices)) onNotice?.(notice);
  await writeFileAtomic(join(predictions, 'summary.csv'), formatRegionTable(cases));
  return cases;
}
