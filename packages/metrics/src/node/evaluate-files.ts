import { basename } from 'node:path';
import { type CaseFailure, casesFailed } from '@nnunet/errors/internal';
import { splitOutcomes } from '@nnunet/threads/internal';
import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import { type GridNotice, type GridNoticeRule, withOneNote } from '@nnunet/volume/internal';
import { type EvaluateCaseOptions, evaluateCase } from '../evaluate-case.ts';
import { type Metrics, onlyHere, shippedMetrics, usualMetrics } from '../metric-registry.ts';
import type { ScoredCase } from '../summary.ts';
import { type FilePair, readPair } from './label-pairs.ts';

export interface ScoringOptions extends Pick<EvaluateCaseOptions, 'labels' | 'metrics' | 'surface'> {
  /** How the positions of a prediction and its reference are compared. */
  grid?: GridNoticeRule;
}

/** Metrics added to the registry with `with` are computed in the calling thread; those of modules in any. */
export interface EvaluateFilesOptions extends ScoringOptions, Pick<EvaluateCaseOptions, 'registry'> {
  pairs: readonly FilePair[];
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

/** The outcome for all pairs. */
export interface ScoredPairs {
  scored: ScoredCase[];
  /** Pairs that could not be scored, identified by the path of the prediction. */
  failed: CaseFailure[];
}

/**
 * Scores pairs of label files. Results are in the order of the pairs, whatever the number of workers. If a pair cannot
 * be scored, the others still are. Throws the signal's reason when aborted.
 */
export async function scorePairs(options: EvaluateFilesOptions): Promise<ScoredPairs> {
  const { pairs, signal, onProgress, onNotice, labels, surface, grid } = options;
  const { registry = shippedMetrics, metrics = usualMetrics(registry) } = options;
  const scoring = { labels, metrics, surface, grid };
  const tasks = pairs.map((pair): ScoringTask => ({ pair, scoring, plugins: registry.modules }));
  const outcomes = await ThreadPool.settle(tasks, {
    work: ({ pair, scoring }) => scoreFiles(pair, scoring, registry),
    worker: () => builtWorker(import.meta.url, 'evaluate-worker'),
    nameOf: ({ pair }) => basename(pair.test),
    workers: onlyHere(registry) ? 1 : options.workers,
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
export async function evaluateFiles(options: EvaluateFilesOptions): Promise<ScoredCase[]> {
  const { scored, failed } = await scorePairs(options);
  if (failed.length > 0) {
    const remedy = 'No scores are written. Correct these files and run the command again.';
    throw casesFailed(failed, { total: options.pairs.length, noun: 'file', remedy });
  }
  return scored;
}

/** A scored case, with notices about the positions of its files. */
interface ScoredFiles extends ScoredCase {
  notices: GridNotice[];
}

/**
 * Scores a predicted label file against its reference. Surface metrics use the prediction's spacing, as in v1.
 *
 * @throws NnUNetError 'shape-mismatch', 'other-grid', 'bad-metric', and any error from reading the files
 */
export async function scoreFiles(pair: FilePair, options: ScoringOptions, registry: Metrics): Promise<ScoredFiles> {
  const { grid, ...rest } = options;
  const { test, reference, notices } = await readPair(pair, grid);
  const scores = evaluateCase(test.data, reference.data, {
    ...rest,
    registry,
    shape: test.shape,
    spacing: test.spacing,
  });
  return { ...pair, scores, notices };
}
