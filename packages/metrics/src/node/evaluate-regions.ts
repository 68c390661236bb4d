import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { casesFailed } from '@nnunet/errors/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import { type GridNotice, type GridNoticeRule, withOneNote } from '@nnunet/volume/internal';
import { formatRegionTable, regionDice } from '../regions.ts';
import type { Regions } from '../score-regions.ts';
import { checkReferences, LABEL_SUFFIX, labelFiles, noPredictions, readPair } from './label-pairs.ts';

export interface EvaluateRegionsOptions {
  /** Folder of the reference label files, `.nii.gz`; may contain cases that were not predicted. */
  reference: string;
  /** Folder of the predicted label files. */
  predictions: string;
  regions: Regions;
  /** Value of the references' voxels that count nowhere. Default: none. */
  ignoreLabel?: number | undefined;
  /** How the positions of a prediction and its reference are compared. */
  grid?: GridNoticeRule;
  signal?: AbortSignal;
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
  /** Called at the end; see `evaluateFiles`. */
  onNotice?: (notice: GridNotice) => void;
}

/**
 * Computes the Dice of each region for every predicted label file and writes `summary.csv` into the folder of
 * predictions.
 *
 * @throws NnUNetError 'missing-references'; 'missing-predictions' if there are none; 'missing-folder'; 'cases-failed'
 * naming the files that cannot be compared: then no table is written, and an earlier one is deleted
 */
export async function evaluateRegions(
  options: EvaluateRegionsOptions,
): Promise<{ name: string; dice: Record<string, number> }[]> {
  const { reference, predictions, regions, ignoreLabel, grid, signal, onProgress, onNotice } = options;
  const names = await labelFiles(predictions);
  checkReferences(reference, await labelFiles(reference), names);
  if (names.length === 0) throw noPredictions(predictions, LABEL_SUFFIX);
  const table = join(predictions, 'summary.csv');
  const notices: GridNotice[] = [];
  const score = async (name: string) => {
    const pair = await readPair({ test: join(predictions, name), reference: join(reference, name) }, grid);
    notices.push(...pair.notices);
    const dice = regionDice(pair.test.data, pair.reference.data, regions, ignoreLabel);
    return { name: name.slice(0, -LABEL_SUFFIX.length), dice };
  };
  const outcomes = await settleBounded(names, score, {
    width: 1,
    signal,
    onProgress: ({ item, done, total }) => onProgress?.({ done, total, file: item }),
  });
  const { done, failed } = splitOutcomes(names, outcomes, (name) => name);
  for (const notice of withOneNote(notices)) onNotice?.(notice);
  if (failed.length > 0) {
    await rm(table, { force: true });
    const remedy =
      'There is no summary.csv, as its means would be of the others alone. Correct these files and run the command again.';
    throw casesFailed(failed, { total: names.length, noun: 'file', remedy });
  }
  const cases = done.map(({ result }) => result);
  await writeFileAtomic(table, formatRegionTable(cases));
  return cases;
}
