import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_NAMES, type Fold, fiveFoldSplits, type Split, splitOfFold } from '@nnunet/dataset';
import { readSplits, writeSplits } from '@nnunet/dataset/node';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';

/**
 * Cases of a fold: from `splits_final.json` of the preprocessed task folder, or else v1's `splits_final.pkl`; the first is
 * written where there is neither.
 *
 * @param caseIds the prepared cases
 * @throws NnUNetError 'usage' for a fold that does not exist, 'unknown-case', 'too-few-cases', 'bad-splits'
 */
export async function casesOfFold(
  preprocessedFolder: string,
  caseIds: readonly string[],
  fold: Fold,
): Promise<Split & { written: boolean }> {
  if (fold === 'all') return { ...splitOfFold('all', null, caseIds), written: false };
  const file = join(preprocessedFolder, FILE_NAMES.splits);
  const exists = existsSync(file) || existsSync(file.replace(/\.json$/, '.pkl'));
  const splits = exists ? await readSplits(file) : fiveFolds(caseIds, preprocessedFolder);
  if (!exists) await writeSplits(file, splits);
  return { ...splitOfFold(fold, splits, caseIds), written: !exists };
}

function fiveFolds(caseIds: readonly string[], preprocessedFolder: string): Split[] {
  try {
    return fiveFoldSplits(caseIds);
  } catch (cause) {
    if (!isNnUNetError(cause, 'too-few-cases')) throw cause;
    throw new NnUNetError('too-few-cases', {
      what: `five folds need at least five cases, and this task has ${caseIds.length}`,
      where: preprocessedFolder,
      remedy: `Make fewer folds with nnUNet_splits (-t TASK --folds ${Math.max(2, caseIds.length)}), train fold "all", or add cases.`,
      cause,
    });
  }
}
