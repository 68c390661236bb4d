import { availableParallelism, freemem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fromPortable, NnUNetError, type PortableError, toPortable } from '@nnunet/errors';
import Tinypool from 'tinypool';
import { type CaseTask, runCaseTask } from './case-tasks.ts';

/** Work on one case that a thread can do. */
export interface CaseJob {
  id: string;
  /** Bytes it may need. */
  memory: number;
  task: CaseTask;
}

export interface JobOptions {
  /** Threads; 1 works in this one. Default: the processors, at most 8. */
  workers?: number;
  /** Bytes that all cases in work may need together; one case is always worked on. Default: 70 % of the free memory. */
  maxMemory?: number;
  signal?: AbortSignal;
  /** After each case, in the order in which they finish. */
  onProgress?: (progress: { id: string; done: number; total: number }) => void;
}

/**
 * Runs all jobs, in their order as far as threads and memory allow. A case that fails does not stop the others.
 *
 * @throws the error of the failed case, or for several NnUNetError 'cases-failed' that tells of each; the reason of
 * `signal` when it is aborted
 */
export async function runCaseJobs(jobs: readonly CaseJob[], options: JobOptions): Promise<void> {
  const { signal, onProgress, maxMemory = 0.7 * freemem() } = options;
  const workers = Math.max(1, Math.min(options.workers ?? Math.min(availableParallelism(), 8), jobs.length));
  const failures: NnUNetError[] = [];
  let done = 0;
  const finish = (job: CaseJob, error: PortableError | null) => {
    if (error !== null) failures.push(caseError(job.id, error));
    onProgress?.({ id: job.id, done: ++done, total: jobs.length });
  };
  signal?.throwIfAborted();
  if (workers === 1) {
    for (const job of jobs) {
      finish(job, await runHere(job.task));
      signal?.throwIfAborted();
    }
  } else await runInThreads(jobs, { workers, maxMemory, signal, finish });
  if (failures.length > 0) throw failures.length === 1 ? failures[0]! : severalFailed(failures, jobs.length);
}

async function runHere(task: CaseTask): Promise<PortableError | null> {
  try {
    await runCaseTask(task);
    return null;
  } catch (error) {
    return toPortable(error);
  }
}

interface ThreadOptions {
  workers: number;
  maxMemory: number;
  signal: AbortSignal | undefined;
  finish: (job: CaseJob, error: PortableError | null) => void;
}

async function runInThreads(jobs: readonly CaseJob[], { workers, maxMemory, signal, finish }: ThreadOptions) {
  const pool = new Tinypool({ filename: workerFile(), minThreads: 1, maxThreads: workers });
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const running = new Set<Promise<void>>();
  let inUse = 0;
  const start = (job: CaseJob) => {
    inUse += job.memory;
    const work = pool
      .run(job.task, { signal: stop.signal })
      .catch(toPortable)
      .then((error: PortableError | null) => {
        inUse -= job.memory;
        running.delete(work);
        if (!stop.signal.aborted) finish(job, error);
      });
    running.add(work);
  };
  try {
    for (const job of jobs) {
      while (running.size > 0 && (running.size >= workers || inUse + job.memory > maxMemory))
        await Promise.race(running);
      signal?.throwIfAborted();
      start(job);
    }
    await Promise.all(running);
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort();
    await Promise.all(running);
    await pool.destroy();
  }
}

function severalFailed(failures: readonly NnUNetError[], total: number): NnUNetError {
  const list = failures.map(({ message }) => `- ${message.replaceAll('\n', '\n  ')}`).join('\n');
  return new NnUNetError('cases-failed', {
    what: `${failures.length} of ${total} cases failed\n${list}`,
    remedy: 'The other cases are done. Correct these and run the same again.',
    cause: failures,
  });
}

/** The error of a thread again, with the case named. */
function caseError(id: string, error: PortableError): NnUNetError {
  const { message } = fromPortable(error);
  const what = message.startsWith(`${id}: `) ? message : `case ${id}: ${message}`;
  return new NnUNetError(error.tag ?? 'case-failed', { what });
}

/** Threads run the built file, also when this module runs from its source. */
function workerFile(): string {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/node/preprocess-worker.js' : './preprocess-worker.js';
  return fileURLToPath(new URL(built, import.meta.url));
}
