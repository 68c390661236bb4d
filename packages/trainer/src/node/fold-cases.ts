import { join } from 'node:path';
import { findSplitFaults, fiveFoldSplits, splitOfFold } from '@nnunet/dataset';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { counted, listed } from '@nnunet/errors/internal';
import type { Fold, Split } from '@nnunet/schema';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { readSplits, writeSplits } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';

/** Makes the split of a fold that the stored splits do not have. */
export type SplitBeyond = (fold: number, caseIds: readonly string[]) => Split;

export interface FoldCases extends Split {
  /** Folds that are not yet in a file, for {@link storeSplits}; null if there is a file, and for fold 'all'. */
  made: Split[] | null;
  /** Oddities of the fold, one per line: that it was drawn; cases in both lists or in neither, or listed twice. */
  notices: string[];
}

/**
 * Returns the cases of a fold: from `splits_final.json` of the preprocessed task folder, otherwise from v1's
 * `splits_final.pkl`, otherwise from five folds made as in v1. Nothing is written.
 *
 * @param caseIds the prepared cases
 * @param beyond for a fold that they do not have. Default: it is refused
 * @throws NnUNetError 'usage' for a fold that does not exist, 'unknown-case', 'too-few-cases', 'bad-splits', also for a
 * fold without training or validation cases
 */
export async function casesOfFold(
  preprocessedFolder: string,
  caseIds: readonly string[],
  fold: Fold,
  beyond?: SplitBeyond,
): Promise<FoldCases> {
  if (fold === 'all') return { ...splitOfFold('all', null, caseIds), made: null, notices: [] };
  const file = join(preprocessedFolder, FILE_NAMES.splits);
  const exists = jsonOrPickleExists(file);
  const splits = exists ? await readSplits(file) : fiveFolds(caseIds, preprocessedFolder);
  const drawn = fold < splits.length ? undefined : beyond?.(fold, caseIds);
  const split = drawn ?? splitOfFold(fold, splits, caseIds);
  const faults = findSplitFaults([split], { cases: caseIds }).filter((fault) => fault.fold !== null);
  const empty = faults.filter(({ ids }) => ids.length === 0);
  if (empty.length > 0) {
    throw new NnUNetError('bad-splits', {
      what: `fold ${fold} has ${empty.map(({ what }) => what).join(' and ')}`,
      where: file,
      remedy: 'A training needs both. Correct the fold, or make new folds with nnUNet_splits.',
    });
  }
  const notices = faults.map(
    ({ what, ids }) =>
      `warning: fold ${fold} of ${FILE_NAMES.splits}, ${what}: ${listed(ids, 5)} (nnUNet_splits makes new folds)`,
  );
  if (drawn !== undefined) {
    notices.unshift(
      `fold ${fold} is not among the ${counted(splits.length, 'fold')} of ${FILE_NAMES.splits}: it is a random 80:20 split, the same whenever the cases are the same`,
    );
  }
  return { ...split, made: exists ? null : splits, notices };
}

/**
 * Writes the folds made by {@link casesOfFold} to `splits_final.json`. Where prepared data of others may only be read, this
 * is said: without the file, everybody makes the same folds again.
 */
export async function storeSplits(
  preprocessedFolder: string,
  { made }: Pick<FoldCases, 'made'>,
  onLog?: (text: string) => void,
): Promise<void> {
  if (made === null) return;
  const file = join(preprocessedFolder, FILE_NAMES.splits);
  try {
    await writeSplits(file, made);
  } catch (error) {
    if (!isNnUNetError(error, 'no-access')) throw error;
    onLog?.(
      `the folds are v1's five, and ${file} cannot be written: ${error.what}. Ask its owner to write them down ` +
        '(nnUNet_splits), so that nobody makes others later',
    );
  }
}

function fiveFolds(caseIds: readonly string[], preprocessedFolder: string): Split[] {
  try {
    return fiveFoldSplits(caseIds);
  } catch (cause) {
    if (!isNnUNetError(cause, 'too-few-cases')) throw cause;
    throw new NnUNetError('too-few-cases', {
      what: `five folds need at least five cases, but this task has ${caseIds.length}`,
      where: preprocessedFolder,
      remedy: `Make fewer folds with nnUNet_splits (\`folds\` ${Math.max(2, caseIds.length)}), train fold "all", or add cases.`,
      cause,
    });
  }
}
