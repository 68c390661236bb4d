import { basename } from 'node:path';
import { casesFailed } from '@nnunet/errors/internal';
import { splitOutcomes } from '@nnunet/threads/internal';
import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import { type ImageFormats, shippedFormats } from '@nnunet/volume';
import { type GridNotice, type GridNoticeRule, withOneNote } from '@nnunet/volume/internal';
import { type ScoredClassesV2, scoreClassesV2 } from '../v2/score-classes.ts';
import type { CaseScoresV2 } from '../v2/summary-v2.ts';
import { type FilePair, isNifti, readPair } from './label-pairs.ts';

export interface ScoreFilesOptionsV2 extends ScoredClassesV2 {
  pairs: readonly FilePair[];
  /** Formats to read label maps. Files that are not NIfTI are read in the calling thread. Default: NIfTI. */
  formats?: ImageFormats;
  /** Threads; 1 runs in the calling thread. Default: the number of processors, at most 8 and at most one per pair. */
  workers?: number;
  signal?: AbortSignal;
  /** Called after each case, in order of completion. */
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
  /** Called at the end, with notices about the positions of files and once for all negligible offsets. */
  onNotice?: (notice: GridNotice) => void;
}

/** Input of a thread: plain data. */
export interface ScoringTaskV2 extends ScoredClassesV2 {
  pair: FilePair;
}

/** v2 never compares positions, so what lies elsewhere is scored, with a warning. */
const GRID: GridNoticeRule = { elsewhere: 'warn' };

/**
 * Scores pairs of label files by v2's metrics, in the order of the pairs.
 *
 * @throws NnUNetError 'cases-failed' naming the files that could not be scored; the reason of the signal
 */
export async function scoreFilesV2(options: ScoreFilesOptionsV2): Promise<CaseScoresV2[]> {
  const { pairs, classes, ignore, formats = shippedFormats, signal, onProgress, onNotice } = options;
  const tasks = pairs.map((pair): ScoringTaskV2 => ({ pair, classes, ignore }));
  const nameOf = ({ pair }: ScoringTaskV2) => basename(pair.test);
  const outcomes = await ThreadPool.settle(tasks, {
    work: (task) => scorePairV2(task, formats),
    worker: () => builtWorker(import.meta.url, 'evaluate-v2-worker'),
    nameOf,
    workers: pairs.every(isNifti) ? options.workers : 1,
    signal,
    onProgress: ({ item, done, total }) => onProgress?.({ done, total, file: item.pair.test }),
  });
  const { done, failed } = splitOutcomes(tasks, outcomes, nameOf);
  for (const notice of withOneNote(done.flatMap(({ result }) => result.notices))) onNotice?.(notice);
  if (failed.length > 0) {
    const remedy = 'No scores are written. Correct these files and run the command again.';
    throw casesFailed(failed, { total: pairs.length, noun: 'file', remedy });
  }
  return done.map(({ result: { notices: _, ...scored } }) => scored);
}

/**
 * Scores a predicted label file against its reference.
 *
 * @throws NnUNetError 'shape-mismatch' and any error from reading the files
 */
export async function scorePairV2(
  { pair, classes, ignore }: ScoringTaskV2,
  formats?: ImageFormats,
): Promise<CaseScoresV2 & { notices: GridNotice[] }> {
  const { test, reference, notices } = await readPair(pair, GRID, formats);
  const metrics = scoreClassesV2(test.data, reference.data, { classes, ignore });
  return { metrics, prediction_file: pair.test, reference_file: pair.reference, notices };
}
