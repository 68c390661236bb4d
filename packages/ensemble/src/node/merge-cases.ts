import { rm } from 'node:fs/promises';
import type { CaseFailure } from '@nnunet/errors/internal';
import { sizeOf } from '@nnunet/tensor';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import { type MergeTask, mergeMembers } from './merge-members.ts';
import { mergeMemory, roomForMerging } from './merge-memory.ts';

export interface MergeProgress {
  caseId: string;
  done: number;
  total: number;
}

export interface MergeCasesOptions {
  /** Each holds a sum and one model's probabilities; 1 runs in the calling thread. */
  threads: number;
  /**
   * Approximate memory limit of this program in bytes. Default: the memory it already uses plus four fifths of the free
   * memory.
   */
  maxMemory?: number;
  signal?: AbortSignal;
  /** Called after each case, in order of completion. */
  onProgress?: (progress: MergeProgress) => void;
}

/**
 * Merges cases, in parallel threads as far as memory allows. If a case fails, the others are still merged; an earlier
 * result of the failed case is deleted.
 *
 * @returns the cases that failed, with the reason: NnUNetError 'memory-limit', or an error of `mergeMembers`
 * @throws NnUNetError 'disk-full'; the signal's reason when aborted
 */
export async function mergeCases(tasks: readonly MergeTask[], options: MergeCasesOptions): Promise<CaseFailure[]> {
  const { threads, signal, onProgress } = options;
  const nameOf = ({ caseId }: MergeTask) => caseId;
  const room = roomForMerging(options.maxMemory);
  const weigh = async (task: MergeTask) => room.check(task.caseId, await memoryOf(task));
  const weighed = splitOutcomes(tasks, await settleBounded(tasks, weigh, { width: 1, signal }), nameOf);
  const memory = new Map(weighed.done.map(({ item, result }) => [item, result]));
  const fitting = [...memory.keys()];
  const outcomes = await ThreadPool.settle(fitting, {
    work: mergeMembers,
    worker: () => builtWorker(import.meta.url, 'merge-worker'),
    nameOf,
    workers: threads,
    weight: (task) => memory.get(task)!,
    maxWeight: room.bytes,
    signal,
    onProgress: ({ item, done, total }) => onProgress?.({ caseId: item.caseId, done, total }),
  });
  const failed = [...weighed.failed, ...splitOutcomes(fitting, outcomes, nameOf).failed];
  const bases = tasks.filter(({ caseId }) => failed.some(({ name }) => name === caseId)).map(({ base }) => base);
  for (const base of bases) await removeResults(base);
  return failed;
}

/** Deletes an earlier run's results of a case, which would be mistaken for this run's. */
export async function removeResults(base: string): Promise<void> {
  for (const ending of ['.nii.gz', '.npz', '.json']) await rm(base + ending, { force: true });
}

/** Bytes needed by a case: its probabilities, and the label map, whose size is in the properties. */
async function memoryOf({ members, properties }: MergeTask): Promise<number> {
  return (await mergeMemory(members[0]!)) + sizeOf(properties.original_size_of_raw_data);
}
