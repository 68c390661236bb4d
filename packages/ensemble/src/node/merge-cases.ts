import { sizeOf } from '@nnunet/tensor';
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
 * Merges cases, in threads where there are several, as many at a time as memory allows.
 *
 * @throws NnUNetError 'memory-limit' where a case does not fit; the first error of a case; the reason of the signal
 */
export async function mergeCases(tasks: readonly MergeTask[], options: MergeCasesOptions): Promise<void> {
  const { threads, signal, onProgress } = options;
  const memory = new Map<MergeTask, number>();
  for (const task of tasks) memory.set(task, await memoryOf(task));
  const sizes = tasks.map((task) => ({ caseId: task.caseId, memory: memory.get(task)! }));
  await ThreadPool.run(tasks, {
    work: mergeCase,
    worker: () => builtWorker(import.meta.url, 'merge-worker'),
    nameOf: ({ caseId }) => caseId,
    workers: threads,
    weight: (task) => memory.get(task)!,
    maxWeight: roomForMerging(options.maxMemory, sizes),
    signal,
    onProgress: ({ item, done, total }) => onProgress?.({ caseId: item.caseId, done, total }),
  });
}

/** Bytes of a case: its probabilities, and the label map, whose size stands in the properties. */
async function memoryOf({ members, properties }: MergeTask): Promise<number> {
  return (await mergeMemory(members[0]!)) + sizeOf(properties.original_size_of_raw_data);
}
