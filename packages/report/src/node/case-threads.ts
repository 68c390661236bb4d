import { statSync } from 'node:fs';
import { ThreadPool } from '@nnunet/threads/node';
import { spareMemory } from '@nnunet/threads/node/internal';

export interface CaseThreadsOptions {
  workers: number;
  signal?: AbortSignal;
  /** Called after each case, in order of completion. */
  onProgress: (progress: { item: { id: string }; done: number; total: number }) => void;
}

export interface CaseWork<Task, Result> {
  /** The function that the worker module serves. */
  work: (task: Task) => Promise<Result>;
  /** Returns the path of the worker module. */
  worker: () => string;
  /** Files that are read of a case. */
  filesOf: (task: Task) => readonly (string | null)[];
}

/** Bytes in memory per byte of a compressed file: probabilities of background compress well. */
const UNPACKED = { image: 12, probabilities: 40 };

/**
 * Works on cases in threads, as many at once as memory allows. A case that fails does not stop the others: returns one
 * outcome per case.
 */
export async function inThreads<Task extends { id: string }, Result>(
  tasks: readonly Task[],
  { work, worker, filesOf }: CaseWork<Task, Result>,
  options: CaseThreadsOptions,
): Promise<PromiseSettledResult<Result>[]> {
  return await ThreadPool.settle(tasks, {
    work,
    worker,
    nameOf: ({ id }) => id,
    weight: (task) => filesOf(task).reduce((sum, file) => sum + weightOf(file), 0),
    maxWeight: spareMemory(),
    ...options,
  });
}

function weightOf(file: string | null): number {
  if (file === null) return 0;
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return size * (file.endsWith('.npz') ? UNPACKED.probabilities : UNPACKED.image);
}
