import * as v from 'valibot';
import { objectBefore } from './schema-check.ts';

/** Labels of a dataset.json, in either form. */
const someLabels = v.pipe(
  v.record(v.string(), v.unknown()),
  v.check((value) => Object.keys(value).length > 0, 'at least the background expected, {"0": "background"}'),
);

/** v1's form: names by value. */
export const namesByValue = objectBefore(
  v.pipe(
    someLabels,
    v.record(
      v.pipe(v.string(), v.regex(/^-?\d+$/, 'a label value expected as key, an integer in quotes such as "1"')),
      v.string('a label name expected'),
    ),
  ),
  'an object expected, from label value to name',
);

/** v2's form: values by name. */
export const valuesByName = objectBefore(
  v.pipe(
    someLabels,
    v.record(
      v.pipe(v.string(), v.regex(/^(?!-?\d+$)/, 'the name of a label or region expected as key, other than a number')),
      v.union([v.number(), v.array(v.number())], 'a label value, or for a region a list of them, expected'),
    ),
  ),
  'an object expected, from the name of a label to its value',
);
