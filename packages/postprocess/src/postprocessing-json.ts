import { type JsonValue, NnUNetError } from '@nnunet/errors';
import { parseJsonWithNaN } from '@nnunet/schema';
import type { PostprocessingDecision } from './decide-postprocessing.ts';
import { formatMinimumSizes, parseMinimumSizes } from './minimum-sizes.ts';
import type { Entry, PostprocessingRule } from './rule.ts';

/** Where a decision came from. */
export interface DecisionOrigin {
  cases: number;
  /** Name of the folder of unmodified predictions. */
  rawFolder: string;
  /** Name of the folder of results. */
  finalFolder: string;
}

/** Formats v1's postprocessing.json; NaN is written as null. */
export function formatPostprocessing(decision: PostprocessingDecision, origin: DecisionOrigin): string {
  const { rule, raw, allAsOne, perLabel } = decision;
  const content = {
    dc_per_class_pp_all: allAsOne,
    dc_per_class_pp_per_class: perLabel,
    dc_per_class_raw: raw,
    for_which_classes: rule.entries,
    min_valid_object_sizes: formatMinimumSizes(rule.entries, rule.minimumSizes),
    num_samples: origin.cases,
    validation_final: origin.finalFolder,
    validation_raw: origin.rawFolder,
  };
  return JSON.stringify(content, null, 4);
}

/**
 * Parses the rule in a postprocessing.json, including v1's. Sizes may be v1's text of a Python dictionary, null or
 * missing.
 *
 * @throws NnUNetError 'bad-json', 'bad-postprocessing', naming the file
 */
export function parsePostprocessing(text: string, file?: string): PostprocessingRule {
  const content = parseJsonWithNaN(text, file);
  if (content === null || typeof content !== 'object' || Array.isArray(content)) {
    throw bad('is not a JSON object', file);
  }
  const { for_which_classes: classes, min_valid_object_sizes: sizes = null } = content;
  if (!Array.isArray(classes)) throw bad('has no list for_which_classes', file);
  const entries = classes.map((entry) => parseEntry(entry, file));
  if (sizes !== null && typeof sizes !== 'string') throw bad('has min_valid_object_sizes that is not a string', file);
  return { entries, minimumSizes: sizes === null ? null : parseMinimumSizes(sizes, entries, file) };
}

function parseEntry(entry: JsonValue, file?: string): Entry {
  const labels = Array.isArray(entry) ? entry : [entry];
  if (labels.length === 0 || !labels.every((label) => Number.isInteger(label) && (label as number) > 0)) {
    throw bad(`has ${JSON.stringify(entry)} in for_which_classes`, file);
  }
  return entry as Entry;
}

function bad(what: string, where?: string): NnUNetError {
  return new NnUNetError('bad-postprocessing', {
    what: `this postprocessing description ${what}`,
    where,
    remedy: 'for_which_classes is a list of labels above 0, or of lists of them: [[1, 2], 1]. Determine it again.',
  });
}
