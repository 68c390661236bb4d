import { basename } from 'node:path';
import { type CaseFailure, casesFailed } from '@nnunet/errors/internal';
import { splitOutcomes } from '@nnunet/threads/internal';
import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import type { ImageFormats } from '@nnunet/volume';
import { type GridNotice, type GridNoticeRule, withOneNote } from '@nnunet/volume/internal';
import { type EvaluateCaseOptions, labelComparisons, type Scores, scoresOf } from '../evaluate-case.ts';
import { type Lesion, lesionMetrics } from '../lesions.ts';
import { type Metrics, onlyHere, shippedMetrics, usualMetrics } from '../metric-registry.ts';
import { type Regions, scoreRegions } from '../score-regions.ts';
import type { ScoredCase } from '../summary.ts';
import { type FilePair, isNifti, readPair } from './label-pairs.ts';

export interface ScoringOptions extends Omit<EvaluateCaseOptions, 'registry' | 'shape' | 'spacing'> {
  /** Also score the lesions, the connected components of each label, by all metrics of lesions. Default: false. */
  lesions?: boolean;
  /** Also score these regions, by name; without lesions. Default: none. */
  regions?: Regions | undefined;
  /** How the positions of a prediction and its reference are compared. */
  grid?: GridNoticeRule;
}

/** Metrics added to the registry with `with` are computed in the calling thread; those of modules in any. */
export interface EvaluateFilesOptions extends ScoringOptions, Pick<EvaluateCaseOptions, 'registry'> {
  pairs: readonly FilePair[];
  /** Formats to read label maps. Files that are not NIfTI are read in the calling thread. Default: NIfTI. */
  formats?: ImageFormats | undefined;
  /** Threads; 1 runs in the calling thread. Default: the number of processors, at most 8 and at most one per pair. */
  workers?: number;
  signal?: AbortSignal;
  /** Called after each case, in order of completion. */
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
  /**
   * Called at the end, once for each label map that lies slightly off its reference, and once for all negligible
   * offsets together.
   */
  onNotice?: (notice: GridNotice) => void;
}

/** Input of a thread: plain data. */
export interface ScoringTask {
  pair: FilePair;
  scoring: ScoringOptions;
  /** Modules with the user's own metrics, for threads. */
  plugins: readonly string[];
}

/** A scored case, with its lesions by label if they were asked for. */
export interface ScoredPair extends ScoredCase {
  lesions?: Record<string, readonly Lesion[]>;
}

/** The outcome for all pairs. */
export interface ScoredPairs {
  scored: ScoredPair[];
  /** Pairs that could not be scored, identified by the path of the prediction. */
  failed: CaseFailure[];
}

/**
 * Scores pairs of label files. Results are in the order of the pairs, whatever the number of workers. If a pair cannot
 * be scored, the others still are. Throws the signal's reason when aborted.
 */
export async function scorePairs(options: EvaluateFilesOptions): Promise<ScoredPairs> {
  const { pairs, formats, signal, onProgress, onNotice, registry = shippedMetrics, ...more } = options;
  const { lesions = false, regions, ...rest } = more;
  const {
    metrics = usualMetrics(registry),
    labels,
    ignoreLabel,
    surface,
    grid,
    tolerance,
    labelTolerances,
    lesionIoU,
  } = rest;
  const scoring = { metrics, labels, ignoreLabel, surface, grid, tolerance, labelTolerances, lesionIoU, lesions };
  const tasks = pairs.map(
    (pair): ScoringTask => ({ pair, scoring: { ...scoring, regions }, plugins: registry.modules }),
  );
  const outcomes = await ThreadPool.settle(tasks, {
    work: ({ pair, scoring }) => scoreFiles(pair, scoring, { registry, formats }),
    worker: () => builtWorker(import.meta.url, 'evaluate-worker'),
    nameOf: ({ pair }) => basename(pair.test),
    workers: onlyHere(registry) || !pairs.every(isNifti) ? 1 : options.workers,
    signal,
    onProgress: ({ item, done, total }) => onProgress?.({ done, total, file: item.pair.test }),
  });
  const { done, failed } = splitOutcomes(tasks, outcomes, ({ pair }) => basename(pair.test));
  for (const notice of withOneNote(done.flatMap(({ result }) => result.notices))) onNotice?.(notice);
  return { scored: done.map(({ result: { notices: _, ...one } }) => one), failed };
}

/**
 * Like {@link scorePairs}, for scores that are only useful together.
 *
 * @throws NnUNetError 'cases-failed' naming the files that could not be scored, each with the error of {@link
 * scoreFiles}
 */
export async function evaluateFiles(options: EvaluateFilesOptions): Promise<ScoredPair[]> {
  const { scored, failed } = await scorePairs(options);
  if (failed.length > 0) {
    const remedy = 'No scores are written. Correct these files and run the command again.';
    throw casesFailed(failed, { total: options.pairs.length, noun: 'file', remedy });
  }
  return scored;
}

/** A scored case, with notices about the positions of its files. */
interface ScoredFiles extends ScoredPair {
  notices: GridNotice[];
}

/**
 * Scores a predicted label file against its reference. Surface metrics use the prediction's spacing, as in v1.
 *
 * @throws NnUNetError 'shape-mismatch', 'other-grid', 'bad-metric', and any error from reading the files
 */
export async function scoreFiles(
  pair: FilePair,
  options: ScoringOptions,
  { registry, formats }: { registry: Metrics; formats?: ImageFormats | undefined },
): Promise<ScoredFiles> {
  const { grid, lesions, regions, ...rest } = options;
  const { test, reference, notices } = await readPair(pair, grid, formats);
  const metrics = rest.metrics ?? usualMetrics(registry);
  const scoring = { ...rest, metrics, registry, shape: test.shape, spacing: test.spacing };
  const scores: Record<string, Scores> = {};
  const found: Record<string, readonly Lesion[]> = {};
  const ofLabels = { ...scoring, metrics: [...metrics, ...(lesions ? Object.keys(lesionMetrics) : [])] };
  for (const compared of labelComparisons(test.data, reference.data, ofLabels)) {
    scores[compared.label] = scoresOf(compared, ofLabels);
    if (lesions) found[compared.label] = compared.lesions;
  }
  return {
    ...pair,
    scores,
    notices,
    ...(regions && { regions: scoreRegions(test.data, reference.data, regions, scoring) }),
    ...(lesions && { lesions: found }),
  };
}
