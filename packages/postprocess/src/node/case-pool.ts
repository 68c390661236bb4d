import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fromPortable } from '@nnunet/errors';
import Tinypool from 'tinypool';
import { type CaseOutcome, type CaseTask, postprocessCase } from './postprocess-case.ts';
import type { WorkerAnswer } from './postprocess-worker.ts';

export interface CaseProgress {
  /** Label files done in this step, and how many it has. */
  done: number;
  total: number;
  file: string;
}

export interface RunOptions {
  /** Threads; 1 works in this one. Default: the processors, at most 8. */
  workers?: number;
  signal?: AbortSignal;
  /** After each label file, in the order in which they finish. */
  onProgress?: (progress: CaseProgress) => void;
}

/** Works on label files, in threads where there are several. The same threads serve every step until `close`. */
export class CasePool {
  readonly #options: RunOptions;
  readonly #workers: number;
  #threads: Tinypool | null = null;

  /** @param cases number of label files: there are no more threads than that */
  constructor(cases: number, options: RunOptions) {
    this.#options = options;
    this.#workers = Math.min(options.workers ?? Math.min(availableParallelism(), 8), cases);
  }

  /** Outcomes in the order of the tasks. Throws the first error, and the reason of the signal. */
  async run(tasks: readonly CaseTask[]): Promise<CaseOutcome[]> {
    const { signal, onProgress } = this.#options;
    let done = 0;
    const report = (task: CaseTask): void => onProgress?.({ done: ++done, total: tasks.length, file: task.input });
    signal?.throwIfAborted();
    if (this.#workers > 1) return await this.#runInThreads(tasks, report);
    const outcomes: CaseOutcome[] = [];
    for (const task of tasks) {
      signal?.throwIfAborted();
      outcomes.push(await postprocessCase(task));
      report(task);
    }
    return outcomes;
  }

  async #runInThreads(tasks: readonly CaseTask[], report: (task: CaseTask) => void): Promise<CaseOutcome[]> {
    const workers = this.#workers;
    this.#threads ??= new Tinypool({ filename: workerFile(), minThreads: workers, maxThreads: workers });
    const threads = this.#threads;
    const { signal } = this.#options;
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      return await Promise.all(
        tasks.map(async (task) => {
          const answer: WorkerAnswer = await threads.run(task, { signal: stop.signal });
          if ('error' in answer) throw fromPortable(answer.error);
          report(task);
          return answer.outcome;
        }),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#threads?.destroy();
    this.#threads = null;
  }
}

/** Threads run the built file, also when this module runs from its source. */
function workerFile(): string {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/node/postprocess-worker.js' : './postprocess-worker.js';
  return fileURLToPath(new URL(built, import.meta.url));
}
