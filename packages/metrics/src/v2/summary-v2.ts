import { NnUNetError } from '@nnunet/errors';
import { parseJsonWithNaN } from '@nnunet/schema';
import { formatPythonJson, PythonFloat } from '@nnunet/schema/internal';
import { numpyMean, numpyMeanWithoutNaN } from './numpy-mean.ts';
import { METRICS_V2, RATIOS_V2, type ScoresV2 } from './score-classes.ts';

/** A scored case in v2's summary.json. */
export interface CaseScoresV2 {
  /** By the keys of the classes. */
  metrics: Record<string, ScoresV2>;
  prediction_file: string;
  reference_file: string;
}

/** The content of v2's summary.json. */
export interface SummaryV2 {
  /** Mean of `mean` over the classes except 0. As in v2, NaN if a class has NaN; see {@link foregroundDiceV2}. */
  foreground_mean: ScoresV2;
  /** By class: the mean over the cases in which a metric is defined; NaN if there are none. */
  mean: Record<string, ScoresV2>;
  metric_per_case: CaseScoresV2[];
}

/**
 * Summarises scored cases, which have the same classes.
 * Origin: `compute_metrics_on_folder` of v2's evaluation/evaluate_predictions.py.
 *
 * @param cases at least one
 */
export function summaryV2(cases: readonly CaseScoresV2[]): SummaryV2 {
  const keys = Object.keys(cases[0]?.metrics ?? {});
  const mean = Object.fromEntries(
    keys.map((key) => [
      key,
      ofEach((metric) => numpyMeanWithoutNaN(cases.map(({ metrics }) => metrics[key]![metric]))),
    ]),
  );
  const foreground = keys.filter((key) => key !== '0');
  return {
    foreground_mean: ofEach((metric) => numpyMean(foreground.map((key) => mean[key]![metric]))),
    mean,
    metric_per_case: [...cases],
  };
}

function ofEach<T>(value: (metric: keyof ScoresV2) => T): Record<keyof ScoresV2, T> {
  return Object.fromEntries(METRICS_V2.map((metric) => [metric, value(metric)])) as Record<keyof ScoresV2, T>;
}

/**
 * Mean Dice of the classes except 0, without those that occur in no case. v2 takes its foreground_mean, which such a
 * class makes NaN, so that folders can no longer be compared.
 */
export function foregroundDiceV2({ mean }: Pick<SummaryV2, 'mean'>): number {
  const foreground = Object.entries(mean).filter(([key, { Dice }]) => key !== '0' && !Number.isNaN(Dice));
  return numpyMean(foreground.map(([, { Dice }]) => Dice));
}

/** Formats a summary.json byte by byte as v2: keys sorted, indented by four, NaN as the bare word. */
export function formatSummaryV2({ foreground_mean, mean, metric_per_case }: SummaryV2): string {
  return formatPythonJson({
    ...meansForPython({ foreground_mean, mean }),
    metric_per_case: metric_per_case.map(({ metrics, ...files }) => ({
      ...files,
      metrics: mapped(metrics, (scores) => mapped(scores, (v, metric) => (RATIOS_V2.has(metric) ? float(v) : v))),
    })),
  });
}

/** The means of a summary for `formatPythonJson`, also those of counts with a decimal point. */
export function meansForPython({ foreground_mean, mean }: Pick<SummaryV2, 'foreground_mean' | 'mean'>) {
  return { foreground_mean: mapped(foreground_mean, float), mean: mapped(mean, (scores) => mapped(scores, float)) };
}

function float(value: number): PythonFloat {
  return new PythonFloat(value);
}

function mapped<A, B>(record: Record<string, A>, f: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]));
}

/**
 * Parses v2's summary.json, with NaN as the bare word or as null.
 *
 * @param where the file, named in the error
 * @throws NnUNetError 'bad-summary'
 */
export function parseSummaryV2(text: string, where?: string): SummaryV2 {
  let parsed: unknown;
  try {
    parsed = parseJsonWithNaN(text, where);
  } catch (cause) {
    throw badSummary('is not JSON', where, cause);
  }
  const { foreground_mean, mean, metric_per_case: cases } = Object(parsed) as Record<string, unknown>;
  const scored = (value: unknown) => Object.values(Object(value)).every(hasScores);
  if (!hasScores(foreground_mean) || mean === undefined || !scored(mean) || !Array.isArray(cases)) {
    throw badSummary('has not the keys of nnU-Net v2: foreground_mean, mean and metric_per_case', where);
  }
  if (!cases.every((one) => typeof one?.prediction_file === 'string' && scored(one.metrics)))
    throw badSummary('has a case without scores', where);
  return {
    foreground_mean: foreground_mean as ScoresV2,
    mean: mean as Record<string, ScoresV2>,
    metric_per_case: cases as CaseScoresV2[],
  };
}

/** Whether all metrics are there; null becomes NaN. */
function hasScores(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const scores = value as Record<string, unknown>;
  for (const metric of METRICS_V2) if (scores[metric] === null) scores[metric] = Number.NaN;
  return METRICS_V2.every((metric) => typeof scores[metric] === 'number');
}

function badSummary(what: string, where?: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-summary', {
    what: `this evaluation summary ${what}`,
    where,
    remedy: 'Evaluate the folder again (nnUNetv2_evaluate_folder).',
    cause,
  });
}
