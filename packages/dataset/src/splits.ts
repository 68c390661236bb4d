import { NnUNetError, usageError } from '@nnunet/errors';
import { numpyRandom } from '@nnunet/tensor';
import * as v from 'valibot';
import type { Fold } from './folder-layout.ts';
import { parseJsonWithNaN } from './json-with-nan.ts';
import { checkSchema } from './schema-check.ts';

/** Cases to train on and cases to validate on, both sorted. */
export interface Split {
  train: string[];
  val: string[];
}

const FOLDS = 5;
const SEED = 12345;

/**
 * v1's five folds (nnUNetTrainerV2.do_split; scikit-learn's KFold with shuffle and random_state 12345): the sorted
 * cases are shuffled once, cut into five runs of which the first n mod 5 hold one case more; run k is validated in
 * fold k.
 * @param caseIds in any order, without duplicates
 * @throws NnUNetError 'too-few-cases' below five, 'duplicate-cases'
 */
export function fiveFoldSplits(caseIds: Iterable<string>): Split[] {
  const cases = [...caseIds].sort();
  const twice = cases.find((id, i) => id === cases[i - 1]);
  if (twice !== undefined) {
    throw new NnUNetError('duplicate-cases', { what: `the case ${twice} is listed twice`, remedy: 'List it once.' });
  }
  if (cases.length < FOLDS) {
    throw new NnUNetError('too-few-cases', {
      what: `${cases.length} training case${cases.length === 1 ? '' : 's'}: five folds need at least 5`,
      remedy: 'Add cases, train fold "all", or write your own splits_final.json.',
    });
  }
  const order = numpyRandom(SEED).shuffle(cases.length);
  const splits: Split[] = [];
  for (let fold = 0, start = 0; fold < FOLDS; fold++) {
    const size = Math.floor(cases.length / FOLDS) + (fold < cases.length % FOLDS ? 1 : 0);
    const inVal = new Set(order.subarray(start, start + size));
    splits.push({ train: cases.filter((_, i) => !inVal.has(i)), val: cases.filter((_, i) => inVal.has(i)) });
    start += size;
  }
  return splits;
}

/**
 * The split of a fold. Fold 'all' trains and validates on every case and needs no stored splits. v1 draws a random
 * 80:20 split for a fold above the stored ones; here that is an error, since it is mostly a slip.
 * @throws NnUNetError 'usage' for a fold that does not exist, 'unknown-case' for a listed case that `caseIds` lacks
 */
export function splitOfFold(fold: Fold, splits: readonly Split[] | null, caseIds: Iterable<string>): Split {
  const cases = [...caseIds].sort();
  if (fold === 'all') return { train: cases, val: [...cases] };
  const split = splits?.[fold];
  if (split === undefined) {
    const count = splits?.length ?? 0;
    throw usageError({
      what: `there is no fold ${fold}: the splits hold ${count} fold${count === 1 ? '' : 's'}${count > 0 ? ` (0 to ${count - 1})` : ''}`,
      remedy: 'Choose one of them or "all", or add the fold to splits_final.json in the preprocessed task folder.',
    });
  }
  const known = new Set(cases);
  const missing = [...split.train, ...split.val].filter((id) => !known.has(id));
  if (missing.length > 0) {
    throw new NnUNetError('unknown-case', {
      what: `fold ${fold} lists ${missing.length === 1 ? 'a case that is' : `${missing.length} cases that are`} not among the preprocessed ones: ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ', …' : ''}`,
      where: 'splits_final.json',
      remedy: 'Preprocess the data set again, or take these cases out of splits_final.json.',
    });
  }
  return split;
}

const caseList = v.array(v.string('a case id expected'), 'a list of case ids expected');
const schema = v.pipe(
  v.array(
    v.looseObject({ train: caseList, val: caseList }, 'an object {"train", "val"} expected'),
    'a list of {"train", "val"} expected',
  ),
  v.minLength(1, 'at least one fold expected'),
);

/**
 * Reads the text of a splits_final.json: any number of folds.
 * @throws NnUNetError 'bad-json', 'bad-splits'
 */
export function parseSplits(json: string, file = 'splits_final.json'): Split[] {
  const remedy = 'Correct it, or delete it: the next training makes five folds anew.';
  return checkSchema(schema, parseJsonWithNaN(json, file), { file, tag: 'bad-splits', remedy });
}
