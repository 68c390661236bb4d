import { basename } from 'node:path';
import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import { type GridNotice, withOneNote } from '@nnunet/volume';
import type { ScoredCase } from '../summary.ts';
import type { FilePair } from './read-pair.ts';
import { type ScoringOptions, scoreFiles } from './score-files.ts';

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

/** Scores pairs of label files, in the order given whatever the number of workers. Throws what {@link scoreFiles} does. */
export async function evaluateFiles(options: EvaluateFilesOptions): Promise<ScoredCase[]> {
  const { pairs, workers, signal, onProgress, onNotice, labels, metrics, surface, grid } = options;
  const tasks = pairs.map((pair): ScoringTask => ({ pair, scoring: { labels, metrics, surface, grid } }));
  const scored = await ThreadPool.run(tasks, {
    work: ({ pair, scoring }) => scoreFiles(pair, scoring),
    worker: () => builtWorker(import.meta.url, 'evaluate-worker'),
    nameOf: ({ pair }) => basename(pair.test),
    workers,
    signal,
    onProgress: ({ item, done, total }) => onProgress?.({ done, total, file: item.pair.test }),
  });
  for (const notice of withOneNote(scored.flatMap(({ notices }) => notices))) onNotice?.(notice);
  return scored.map(({ notices: _, ...one }) => one);
}
