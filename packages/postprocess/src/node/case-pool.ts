import { basename } from 'node:path';
import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import { type CaseOutcome, type CaseTask, postprocessCase } from './postprocess-case.ts';

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

/** Works on label files step after step, in the same threads until `close`. */
export class CasePool {
  readonly #options: RunOptions;
  readonly #threads: ThreadPool<CaseTask, CaseOutcome>;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#threads = new ThreadPool({
      work: postprocessCase,
      worker: () => builtWorker(import.meta.url, 'postprocess-worker'),
      nameOf: ({ input }) => basename(input),
      workers: options.workers,
    });
  }

  /** Outcomes in the order of the tasks. Throws the first error, and the reason of the signal. */
  async run(tasks: readonly CaseTask[]): Promise<CaseOutcome[]> {
    const { signal, onProgress } = this.#options;
    return await this.#threads.run(tasks, {
      signal,
      onProgress: ({ item, done, total }) => onProgress?.({ done, total, file: item.input }),
    });
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#threads.close();
  }
}
