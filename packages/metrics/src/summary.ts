import type { Scores } from './evaluate-case.ts';
import type { Regions } from './score-regions.ts';

/** One case of a summary: scores per label, and the two files that were compared. */
export type CaseScores = { reference: string; test: string } & Record<string, Scores | string>;

/** The scores of a region, which may overlap others. */
export interface ScoredRegion {
  name: string;
  labels: readonly number[];
  /** In the order of the cases. */
  all: Scores[];
  /** As of a label. */
  mean: Scores;
}

/** The content of v1's summary.json. */
export interface Summary {
  author: string;
  description: string;
  /** Distinguishes summaries: 12 hexadecimal digits. */
  id: string;
  name: string;
  task: string;
  /** Local time, `YYYY-MM-DD hh:mm:ss.ffffff`. */
  timestamp: string;
  /** Value of the references' voxels that count nowhere. Not in v1. Default: none. */
  ignore_label?: number;
  results: {
    all: CaseScores[];
    /** Label to metric to its mean over the cases in which it is defined; NaN if there are none. */
    mean: Record<string, Scores>;
    /** Of a task that asks for regions, in its order. Not in v1. */
    regions?: ScoredRegion[];
  };
  /** Files that could not be scored; only in `summary_incomplete.json`. */
  failed?: { file: string; reason: string }[];
}

/** A compared case, as scored by {@link evaluateCase}. */
export interface ScoredCase {
  reference: string;
  test: string;
  scores: Record<string, Scores>;
  /** By name, if regions are scored too. */
  regions?: Record<string, Scores> | undefined;
}

export interface SummaryHeader {
  name?: string;
  task?: string;
  description?: string;
  /** Author of the scores. Default: this program. */
  author?: string;
  timestamp?: string;
  id?: string;
  /** Value of the references' voxels that were left out. */
  ignoreLabel?: number | undefined;
  /** The regions that were scored too. */
  regions?: Regions | undefined;
}

/** Name of a case: its file without the folder and `.nii.gz`. */
export function nameOfCase(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).replace(/\.nii\.gz$/, '');
}

/** Collects scored cases into a summary with their means (v1: `aggregate_scores`). */
export function aggregateScores(cases: readonly ScoredCase[], header: SummaryHeader = {}): Summary {
  return {
    author: header.author ?? 'nnU-Net',
    description: header.description ?? '',
    id: header.id ?? '',
    name: header.name ?? '',
    task: header.task ?? '',
    timestamp: header.timestamp ?? '',
    ...(header.ignoreLabel !== undefined && { ignore_label: header.ignoreLabel }),
    results: {
      all: cases.map(({ scores, reference, test }) => ({ ...scores, reference, test }) as CaseScores),
      mean: meanScores(cases.map(({ scores }) => scores)),
      ...(header.regions && { regions: scoredRegions(cases, header.regions) }),
    },
  };
}

function scoredRegions(cases: readonly ScoredCase[], regions: Regions): ScoredRegion[] {
  const means = meanScores(cases.map(({ regions = {} }) => regions));
  return Object.entries(regions).map(([name, labels]) => ({
    name,
    labels: [...labels],
    all: cases.map(({ regions }) => regions?.[name] ?? {}),
    mean: means[name] ?? {},
  }));
}

/** Returns the mean per label and metric over the cases, ignoring NaN; NaN if no case has a value. */
export function meanScores(cases: readonly Record<string, Scores>[]): Record<string, Scores> {
  const values: Record<string, Record<string, number[]>> = {};
  for (const scores of cases) {
    for (const [label, metrics] of Object.entries(scores)) {
      values[label] ??= {};
      for (const [metric, value] of Object.entries(metrics)) {
        values[label][metric] ??= [];
        values[label][metric].push(value);
      }
    }
  }
  return mapValues(values, (metrics) => mapValues(metrics, meanWithoutNaN));
}

/** Returns the mean, ignoring NaN; NaN if there are no other values. */
export function meanWithoutNaN(values: readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/**
 * Returns the foreground labels that a summary has means for, ascending, without the `mean` entry that v1 adds later.
 */
export function scoredLabels({ results }: Summary): number[] {
  const labels = Object.keys(results.mean).filter((key) => /^\d+$/.test(key) && key !== '0');
  return labels.map(Number).sort((a, b) => a - b);
}

/** Labels that never count as foreground: background, outside the nonzero mask, ignore. */
const NOT_FOREGROUND = new Set(['0', '-1', '99', 'mean']);

/**
 * Returns a copy whose `results.mean` has one more entry, `mean`: each metric averaged over the foreground labels,
 * ignoring NaN. Label 99 is dropped (v1: `foreground_mean`).
 */
export function foregroundMean(summary: Summary): Summary {
  const { '99': _ignored, mean: _old, ...mean } = summary.results.mean;
  const labels = Object.keys(mean).filter((label) => !NOT_FOREGROUND.has(label));
  const first = mean['1'] ?? mean[labels[0] ?? ''] ?? {};
  const overall = Object.fromEntries(
    Object.keys(first).map((metric) => [
      metric,
      meanWithoutNaN(labels.map((label) => mean[label]![metric] ?? Number.NaN)),
    ]),
  );
  return { ...summary, results: { ...summary.results, mean: { ...mean, mean: overall } } };
}

function mapValues<A, B>(record: Record<string, A>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
