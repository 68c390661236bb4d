import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import { type MergeTask, mergeCase } from './merge-case.ts';

export interface MergeProgress {
  caseId: string;
  done: number;
  total: number;
}

export interface MergeCasesOptions {
  /** Each holds a sum and one model's probabilities; 1 works in this thread. */
  threads: number;
  signal?: AbortSignal;
  /** After each case, in the order in which they finish. */
  onProgress?: (progress: MergeProgress) => void;
}

/** Merges cases, in threads where there are several. Throws the first error, and the reason of the signal. */
export async function mergeCases(tasks: readonly MergeTask[], options: MergeCasesOptions): Promise<void> {
  const { threads, signal, onProgress } = options;
  await ThreadPool.run(tasks, {
    work: mergeCase,
    worker: () => builtWorker(import.meta.url, 'merge-worker'),
    nameOf: ({ caseId }) => caseId,
    workers: threads,
    signal,
    onProgress: ({ item, done, total }) => onProgress?.({ caseId: item.caseId, done, total }),
  });
}
