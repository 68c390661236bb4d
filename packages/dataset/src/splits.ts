import { NnUNetError, usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import type { Fold, Split } from '@nnunet/schema';
import { numpyRandom } from '@nnunet/tensor';
import { makeSplits } from './make-splits.ts';

const FOLDS = 5;
const SEED = 12345;

/**
 * Returns v1's five folds (nnUNetTrainerV2.do_split; scikit-learn's KFold with shuffle and random_state 12345): the
 * sorted cases are shuffled once and cut into five runs, of which the first n mod 5 have one additional case; run k is
 * validated in fold k.
 * @param caseIds in any order, without duplicates
 * @throws NnUNetError 'too-few-cases' below five, 'duplicate-cases'
 */
export function fiveFoldSplits(caseIds: Iterable<string>): Split[] {
  return makeSplits(caseIds, { folds: FOLDS, seed: SEED });
}

/**
 * Returns the split of a fold. Fold 'all' trains and validates on every case and needs no stored splits. For a fold
 * beyond the stored ones, v1 draws a random 80:20 split; here it is an error, since it is usually a mistake. v2's is
 * {@link randomSplitV2}.
 * @throws NnUNetError 'usage' for a fold that does not exist, 'unknown-case' for a listed case that is not in `caseIds`
 */
export function splitOfFold(fold: Fold, splits: readonly Split[] | null, caseIds: Iterable<string>): Split {
  const cases = [...caseIds].sort();
  if (fold === 'all') return { train: cases, val: [...cases] };
  const split = splits?.[fold];
  if (split === undefined) {
    const count = splits?.length ?? 0;
    throw usageError({
      what: `there is no fold ${fold}: the splits have ${count} fold${count === 1 ? '' : 's'}${count > 0 ? ` (0 to ${count - 1})` : ''}`,
      remedy: 'Choose an existing fold or "all", or add the fold to splits_final.json in the preprocessed task folder.',
    });
  }
  const known = new Set(cases);
  const missing = [...split.train, ...split.val].filter((id) => !known.has(id));
  if (missing.length > 0) {
    throw new NnUNetError('unknown-case', {
      what: `fold ${fold} lists ${missing.length === 1 ? 'a case that is' : `${missing.length} cases that are`} not among the preprocessed ones: ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ', …' : ''}`,
      where: 'splits_final.json',
      remedy: 'Preprocess the dataset again, or remove these cases from splits_final.json.',
    });
  }
  return split;
}

/**
 * Returns the split that nnU-Net v2 draws for a fold beyond the stored ones: it trains on four fifths of the cases, in the
 * order in which NumPy's generator draws them with a seed of the fold's own, and validates the others.
 *
 * Origin: v2's nnUNetTrainer.do_split.
 *
 * @param caseIds in any order, without duplicates
 * @throws NnUNetError 'usage' for a number that is too large for a seed
 */
export function randomSplitV2(fold: number, caseIds: Iterable<string>): Split {
  requireInteger('fold', fold, 0, 2 ** 32 - 1 - SEED);
  const cases = [...caseIds].sort();
  // RandomState.choice without replacement takes the first of a permutation.
  const drawn = numpyRandom(SEED + fold)
    .permutation(cases)
    .slice(0, Math.trunc(cases.length * 0.8));
  const trained = new Set(drawn);
  return { train: drawn, val: cases.filter((id) => !trained.has(id)) };
}
