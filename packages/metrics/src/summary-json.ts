import { NnUNetError } from '@nnunet/errors';
import { parseJsonWithNaN } from '@nnunet/schema';
import type { Scores } from './evaluate-case.ts';
import type { CaseScores, ScoredRegion, Summary } from './summary.ts';

export interface SummaryFormat {
  /**
   * Write NaN as the bare word instead of null, as v1 does for Python's reader; the result is not valid JSON. Default:
   * false.
   */
  bareNaN?: boolean;
}

/** Formats a summary.json with sorted keys and an indent of four. */
export function formatSummary(summary: Summary, { bareNaN = false }: SummaryFormat = {}): string {
  const text = JSON.stringify(sorted(summary), null, 4);
  // Only scores can be null, and no string in the summary contains a line break.
  return bareNaN ? text.replace(/: null(?=,?$)/gm, ': NaN') : text;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
}

/**
 * Parses a summary.json, including v1's with bare NaN, Infinity and -Infinity. Null scores become NaN.
 *
 * @param where the file, named in the error
 * @throws NnUNetError 'bad-summary'
 */
export function parseSummary(text: string, where?: string): Summary {
  let parsed: Partial<Summary> | null;
  try {
    parsed = parseJsonWithNaN(text) as Partial<Summary> | null;
  } catch (cause) {
    throw badSummary('is not JSON', where, cause);
  }
  const results = parsed?.results;
  if (!results || !Array.isArray(results.all) || results.mean === null || typeof results.mean !== 'object') {
    throw badSummary('has no results.all and results.mean', where);
  }
  return {
    author: parsed?.author ?? '',
    description: parsed?.description ?? '',
    id: parsed?.id ?? '',
    name: parsed?.name ?? '',
    task: parsed?.task ?? '',
    timestamp: parsed?.timestamp ?? '',
    ...(typeof parsed?.ignore_label === 'number' && { ignore_label: parsed.ignore_label }),
    results: {
      all: results.all.map((entry) => numbersIn(entry) as CaseScores),
      mean: numbersIn(results.mean) as Summary['results']['mean'],
      ...(Array.isArray(results.regions) && { regions: results.regions.map(regionOf) }),
    },
  };
}

function regionOf({ name, labels, all, mean }: ScoredRegion): ScoredRegion {
  return { name, labels, all: all.map((scores) => numbersIn(scores) as Scores), mean: numbersIn(mean) as Scores };
}

function numbersIn(value: unknown): unknown {
  if (value === null) return Number.NaN;
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value as object).map(([key, entry]) => [key, numbersIn(entry)]));
}

function badSummary(what: string, where?: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-summary', {
    what: `this evaluation summary ${what}`,
    where,
    remedy: 'Evaluate the folder again (nnUNet_evaluate_folder).',
    cause,
  });
}
