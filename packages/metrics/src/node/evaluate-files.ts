import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fromPortable } from '@nnunet/errors';
import Tinypool from 'tinypool';
import type { ScoredCase } from '../summary.ts';
import type { WorkerAnswer } from './evaluate-worker.ts';
import type { FilePair } from './read-pair.ts';
import { type ScoringOptions, scoreFiles } from './score-files.ts';

export interface EvaluateFilesOptions extends ScoringOptions {
  pairs: readonly FilePair[];
  /** Threads; 1 works in this one. Default: the processors, at most 8 and one a pair. */
  workers?: number;
  signal?: AbortSignal;
  /** After each case, in the order in which they finish. */
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
}

/** Scores pairs of label files, in the order given whatever the number of workers. Throws what {@link scoreFiles} does. */
export async function evaluateFiles(options: EvaluateFilesOptions): Promise<ScoredCase[]> {
  const { pairs, signal, onProgress, labels, metrics, surface } = options;
  const scoring: ScoringOptions = { labels, metrics, surface };
  const workers = Math.min(options.workers ?? Math.min(availableParallelism(), 8), pairs.length);
  let done = 0;
  const report = (pair: FilePair): void => {
    done++;
    onProgress?.({ done, total: pairs.length, file: pair.test });
  };
  signal?.throwIfAborted();
  if (workers <= 1) {
    const cases: ScoredCase[] = [];
    for (const pair of pairs) {
      signal?.throwIfAborted();
      cases.push(await scoreFiles(pair, scoring));
      report(pair);
    }
    return cases;
  }
  const pool = new Tinypool({ filename: workerFile(), minThreads: workers, maxThreads: workers });
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.all(
      pairs.map(async (pair) => {
        const answer: WorkerAnswer = await pool.run({ pair, options: scoring }, { signal: stop.signal });
        if ('error' in answer) throw fromPortable(answer.error);
        report(pair);
        return answer.scored;
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
  const built = import.meta.url.endsWith('.ts') ? '../../dist/node/evaluate-worker.js' : './evaluate-worker.js';
  return fileURLToPath(new URL(built, import.meta.url));
}
