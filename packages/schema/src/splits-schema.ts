import { parseJsonWithNaN } from './json-with-nan.ts';
import { checkSchema } from './schema-check.ts';

/** Training and validation cases of a fold, both sorted. */
export interface Split {
  train: string[];
  val: string[];
}

import * as v from 'valibot';

const caseList = v.array(v.string('a case id expected'), 'a list of case ids expected');
const schema = v.pipe(
  v.array(
    v.looseObject({ train: caseList, val: caseList }, 'an object {"train", "val"} expected'),
    'a list of {"train", "val"} expected',
  ),
  v.minLength(1, 'at least one fold expected'),
);

/**
 * Parses a splits_final.json with any number of folds.
 * @throws NnUNetError 'bad-json', 'bad-splits'
 */
export function parseSplits(json: string, file = 'splits_final.json'): Split[] {
  return checkStoredSplits(parseJsonWithNaN(json, file), file);
}

/** Like {@link parseSplits}, for an already parsed value. */
export function checkStoredSplits(value: unknown, file: string): Split[] {
  const remedy = 'Correct it, or delete it; the next training then makes five new folds.';
  return checkSchema(schema, value, { file, tag: 'bad-splits', remedy });
}
