import { basename } from 'node:path';
import { type CaseFailure, casesFailed } from '@nnunet/errors/internal';
import { splitOutcomes } from '@nnunet/threads/internal';
import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import { type GridNotice, type GridNoticeRule, withOneNote } from '@nnunet/volume/internal';
import { type EvaluateCaseOptions, evaluateCase } from '../evaluate-case.ts';
import type { ScoredCase } from '../summary.ts';
import { type FilePair, readPair } from './label-pairs.ts';

export interface ScoringOptions extends Pick<EvaluateCaseOptions, 'labels' | 'metrics' | 'surface'> {
  /** How the places of a prediction and its reference are compared. */
  grid?: GridNoticeRule;
}

export interface EvaluateFilesOptions extends ScoringOptions {
  pairs: readonly FilePair[];
  /** Threads; 1 works in this one. Default: the processors, at most 8 and one a pair. */
  workers?: number;
  signal?: AbortSignal;
  /** After each case, in the order in which they finish. */
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
  /** At the end: of label maps that lie a little beside their references, and one note for those that do so hardly. */
  onNotice?: (notice: GridNotice) => void;
}

/** What a thread is given: plain data. */
export interface ScoringTask {
  pair: FilePair;
  scoring: ScoringOptions;
}

/** What became of the pairs. */
export interface ScoredPairs {
  scored: ScoredCase[];
  /** Pairs that could not be scored, by the prediction's path. */
  failed: CaseFailure[];
}

/**
 * Scores pairs of label files, in the order given whatever the number of workers. One that cannot be scored does not stop
 * the others. Throws the reason of the signal.
 */
export async function scorePairs(options: EvaluateFilesOptions): Promise<ScoredPairs> {
  const { pairs, workers, signal, onProgress, onNotice, labels, metrics, surface, grid } = options;
  const tasks = pairs.map((pair): ScoringTask => ({ pair, scoring: { labels, metrics, surface, grid } }));
  const outcomes = await ThreadPool.settle(tasks, {
    work: ({ pair, scoring }) => scoreFiles(pair, scoring),
    worker: () => builtWorker(import.meta.url, 'evaluate-worker'),
    nameOf: ({ pair }) => basename(pair.test),
    workers,
    signal,
    onProgress: ({ item, done, total }) => onProgress?.({ done, total, file: item.pair.test }),
  });
  const { done, failed } = splitOutcomes(tasks, outcomes, ({ pair }) => basename(pair.test));
  for (const notice of withOneNote(done.flatMap(({ result }) => result.notices))) onNotice?.(notice);
  return { scored: done.map(({ result: { notices: _, ...one } }) => one), failed };
}

/**
 * As {@link scorePairs}, for scores that are of use only together.
 *
 * @throws NnUNetError 'cases-failed' naming the files that could not be scored, with what {@link scoreFiles} says of them
 */
export async function evaluateFiles(options: EvaluateFilesOptions): Promise<ScoredCase[]> {
  const { scored, failed } = await scorePairs(options);
  if (failed.length > 0) {
    const remedy = 'No scores are written. Correct these files and run the command again.';
    throw casesFailed(failed, { total: options.pairs.length, noun: 'file', remedy });
  }
  return scored;
}

/** A scored case, and what there is to say of where its files lie. */
interface ScoredFiles extends ScoredCase {
  notices: GridNotice[];
}

/**
 * Scores one predicted label file against its reference. Surface metrics use the prediction's spacing, as v1's do.
 * Throws 'shape-mismatch', 'other-grid', and what reading the files throws.
 */
export async function scoreFiles(pair: FilePair, options: ScoringOptions = {}): Promise<ScoredFiles> {
  const { grid, ...rest } = options;
  const { test, reference, notices } = await readPair(pair, grid);
  const scores = evaluateCase(test.data, reference.data, { ...rest, shape: test.shape, spacing: test.spacing });
  return { ...pair, scores, notices };
}
