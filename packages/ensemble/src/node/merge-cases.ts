import { rm } from 'node:fs/promises';
import type { CaseFailure } from '@nnunet/errors/internal';
import { sizeOf } from '@nnunet/tensor';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import { type MergeTask, mergeCase } from './merge-case.ts';
import { mergeMemory, roomForMerging } from './merge-memory.ts';

export interface MergeProgress {
  caseId: string;
  done: number;
  total: number;
}

export interface MergeCasesOptions {
  /** Each holds a sum and one model's probabilities; 1 works in this thread. */
  threads: number;
  /** Bytes that this program may use, about; by default what it has and four fifths of what is free. */
  maxMemory?: number;
  signal?: AbortSignal;
  /** After each case, in the order in which they finish. */
  onProgress?: (progress: MergeProgress) => void;
}

/**
 * Merges cases, in threads where there are several, as many at a time as memory allows. One that fails does not stop the
 * others; an earlier result of it goes away.
 *
 * @returns the cases that failed, with the reason: NnUNetError 'memory-limit', or what `mergeCase` throws
 * @throws NnUNetError 'disk-full'; the reason of the signal
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
    work: mergeCase,
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

/** Removes what an earlier run has left of a case: it would be taken for this run's. */
export async function removeResults(base: string): Promise<void> {
  for (const ending of ['.nii.gz', '.npz', '.json']) await rm(base + ending, { force: true });
}

/** Bytes of a case: its probabilities, and the label map, whose size stands in the properties. */
async function memoryOf({ members, properties }: MergeTask): Promise<number> {
  return (await mergeMemory(members[0]!)) + sizeOf(properties.original_size_of_raw_data);
}
