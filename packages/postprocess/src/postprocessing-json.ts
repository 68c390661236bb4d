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
 * Parses the rule in a postprocessing.json of v1 or v2. v1's sizes may be the text of a Python dictionary, null or
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
  if (classes === undefined && content.postprocessing_fns !== undefined) {
    return ruleOfV2(content.postprocessing_fns, content.postprocessing_kwargs, file);
  }
  if (!Array.isArray(classes)) throw bad('has no list for_which_classes', file);
  const entries = classes.map((entry) => parseEntry(entry, 'for_which_classes', file));
  if (sizes !== null && typeof sizes !== 'string') throw bad('has min_valid_object_sizes that is not a string', file);
  return { entries, minimumSizes: sizes === null ? null : parseMinimumSizes(sizes, entries, file) };
}

/** The only function that v2 uses. */
export const FUNCTION_OF_V2 = 'remove_all_but_largest_component_from_segmentation';

/**
 * Returns the rule that v2 describes by the names of functions and, for each, its arguments `labels_or_regions`: a
 * label, a region (labels that count as one), or a list of both, which count as one too.
 * Origin: v2's postprocessing/remove_connected_components.py.
 *
 * @throws NnUNetError 'bad-postprocessing'
 */
export function ruleOfV2(functions: JsonValue, keywords: JsonValue | undefined, file?: string): PostprocessingRule {
  if (!Array.isArray(functions) || !Array.isArray(keywords) || functions.length !== keywords.length) {
    throw bad('has not as many postprocessing_kwargs as postprocessing_fns', file);
  }
  const other = functions.find((name) => name !== FUNCTION_OF_V2);
  if (other !== undefined) throw bad(`uses the function ${JSON.stringify(other)}`, file);
  const entries = keywords.map((keyword): Entry => {
    const { labels_or_regions: labels, background_label: background = 0 } = Object(keyword);
    if (background !== 0) throw bad(`has the background_label ${JSON.stringify(background)}`, file);
    return parseEntry(Array.isArray(labels) ? labels.flat() : labels, 'labels_or_regions', file);
  });
  return { entries, minimumSizes: null, diagonal: true };
}

function parseEntry(entry: JsonValue | undefined, key: string, file?: string): Entry {
  const labels = Array.isArray(entry) ? entry : [entry];
  if (labels.length === 0 || !labels.every((label) => Number.isInteger(label) && (label as number) > 0)) {
    throw bad(`has ${JSON.stringify(entry) ?? 'nothing'} in ${key}`, file);
  }
  return entry as Entry;
}

function bad(what: string, where?: string): NnUNetError {
  return new NnUNetError('bad-postprocessing', {
    what: `this postprocessing description ${what}`,
    where,
    remedy:
      `v1's for_which_classes is a list of labels above 0, or of lists of them: [[1, 2], 1]; v2's only function is ${FUNCTION_OF_V2}. ` +
      'Determine it again.',
  });
}
