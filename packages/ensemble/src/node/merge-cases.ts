import { fileURLToPath } from 'node:url';
import { fromPortable, type PortableError } from '@nnunet/errors';
import Tinypool from 'tinypool';
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
  const { signal, onProgress } = options;
  const threads = Math.min(options.threads, tasks.length);
  let done = 0;
  const report = ({ caseId }: MergeTask): void => onProgress?.({ caseId, done: ++done, total: tasks.length });
  signal?.throwIfAborted();
  if (threads <= 1) {
    for (const task of tasks) {
      signal?.throwIfAborted();
      await mergeCase(task);
      report(task);
    }
    return;
  }
  const pool = new Tinypool({ filename: workerFile(), minThreads: threads, maxThreads: threads });
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    await Promise.all(
      tasks.map(async (task) => {
        const error: PortableError | null = await pool.run(task, { signal: stop.signal });
        if (error !== null) throw fromPortable(error);
        report(task);
      }),
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    await pool.destroy();
  }
}

/** Threads run the built file, also when this module runs from its source. */
function workerFile(): string {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/node/merge-worker.js' : './merge-worker.js';
  return fileURLToPath(new URL(built, import.meta.url));
}
