import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { builtWorker, ThreadPool, type ThreadPoolOptions } from '@nnunet/threads/node';
import { spareMemory } from '@nnunet/threads/node/internal';
import type { PreprocessingLookup } from '../preprocessor-registry.ts';
import { type CaseTask, runCaseTask } from './case-tasks.ts';

/** Work on one case, done in a thread. */
export interface CaseJob {
  id: string;
  /** Memory it may need, in bytes. */
  memory: number;
  task: CaseTask;
}

export interface JobOptions {
  /** Number of threads; 1 works in the calling thread. Default: the number of processors, at most 8. */
  workers?: number;
  /**
   * Memory in bytes that the cases in progress may use together; at least one case is always in progress. Default: four
   * fifths of the free memory.
   */
  maxMemory?: number;
  signal?: AbortSignal;
  /** Called after each case, in order of completion. */
  onProgress?: (progress: { id: string; done: number; total: number }) => void;
}

/**
 * Runs all jobs, in order as far as threads and memory allow. A failed case does not stop the others.
 *
 * @returns notices about the cases, in the order of the jobs
 * @throws the error of the failed case, or NnUNetError 'cases-failed' listing several; the reason of `signal` if it is
 *   aborted
 */
export async function runCaseJobs(
  jobs: readonly CaseJob[],
  options: JobOptions & PreprocessingLookup,
): Promise<string[]> {
  const notices = await settleCases(jobs, {
    ...options,
    work: ({ task }) => runCaseTask(task, options),
    worker: () => builtWorker(import.meta.url, 'preprocess-worker'),
  });
  return notices.flat();
}

/**
 * Like {@link runCaseJobs}, for any work.
 *
 * @returns the results in the order of the jobs
 */
export async function settleCases<Job extends Pick<CaseJob, 'id' | 'memory'>, Result>(
  jobs: readonly Job[],
  options: JobOptions & Pick<ThreadPoolOptions<Job, Result>, 'work' | 'worker'>,
): Promise<Result[]> {
  const { work, worker, workers, maxMemory = spareMemory(), signal, onProgress } = options;
  const pool = new ThreadPool<Job, Result>({ work, worker, nameOf: ({ id }) => id, workers });
  try {
    const outcomes = await pool.settle(jobs, {
      weight: ({ memory }) => memory,
      maxWeight: maxMemory,
      signal,
      onProgress: ({ item, done, total }) => onProgress?.({ id: item.id, done, total }),
    });
    const failures = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [caseError(jobs[i]!.id, outcome.reason)] : [],
    );
    if (failures.length > 0) throw failures.length === 1 ? failures[0]! : severalFailed(failures, jobs.length);
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  } finally {
    await pool.close();
  }
}

function severalFailed(failures: readonly NnUNetError[], total: number): NnUNetError {
  const list = failures.map(({ message }) => `- ${message.replaceAll('\n', '\n  ')}`).join('\n');
  return new NnUNetError('cases-failed', {
    what: `${failures.length} of ${total} cases failed\n${list}`,
    remedy: 'The other cases are done. Correct these and run the command again.',
    cause: failures,
  });
}

/** Wraps the error of a case so that it names the case. */
function caseError(id: string, cause: unknown): NnUNetError {
  const tag = isNnUNetError(cause) ? cause.tag : 'cases-failed';
  const message = messageOf(cause);
  return new NnUNetError(tag, { what: message.startsWith(`${id}: `) ? message : `case ${id}: ${message}`, cause });
}
