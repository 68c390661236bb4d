import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { casesFailed } from '@nnunet/errors/internal';
import { splitOutcomes } from '@nnunet/threads/internal';
import { builtWorker, ThreadPool } from '@nnunet/threads/node';
import { type CaseOutcome, type LabelTask, postprocessCase } from './postprocess-case.ts';

export interface CaseProgress {
  /** Label files done in this step, and their total number. */
  done: number;
  total: number;
  file: string;
}

export interface CasePoolOptions {
  /** Threads; 1 runs in the calling thread. Default: the number of processors, at most 8. */
  workers?: number;
  signal?: AbortSignal;
  /** Called after each label file, in order of completion. */
  onProgress?: (progress: CaseProgress) => void;
}

/** Processes label files in several steps, with the same threads until `close`. */
export class CasePool {
  readonly #options: CasePoolOptions;
  readonly #threads: ThreadPool<LabelTask, CaseOutcome>;

  constructor(options: CasePoolOptions) {
    this.#options = options;
    this.#threads = new ThreadPool({
      work: postprocessCase,
      worker: () => builtWorker(import.meta.url, 'postprocess-worker'),
      nameOf: ({ input }) => basename(input),
      workers: options.workers,
    });
  }

  /**
   * Returns the outcomes in the order of the tasks. If a file fails, the others are still processed.
   *
   * @throws NnUNetError 'bad-rule'; 'cases-failed' at the end, naming the files; the signal's reason when aborted
   */
  async run(tasks: readonly LabelTask[]): Promise<CaseOutcome[]> {
    const { signal, onProgress } = this.#options;
    const outcomes = await this.#threads.settle(tasks, {
      signal,
      onProgress: ({ item, done, total }) => onProgress?.({ done, total, file: item.input }),
    });
    const { done, failed } = splitOutcomes(tasks, outcomes, ({ input }) => basename(input));
    if (failed.length > 0) {
      const ofRule = failed.find(({ error }) => isNnUNetError(error, 'bad-rule'));
      if (ofRule !== undefined) throw ofRule.error;
      const stale = tasks.filter(({ input, output }, i) => outcomes[i]!.status === 'rejected' && output !== input);
      // Results of an earlier run would be mistaken for those of this one.
      for (const { output } of stale) if (output !== null) await rm(output, { force: true });
      throw casesFailed(failed, { total: tasks.length, noun: 'file' });
    }
    return done.map(({ result }) => result);
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#threads.close();
  }
}
