import { type PortableError, toPortable } from '@nnunet/errors';
import type { ScoredCase } from '../summary.ts';
import type { FilePair } from './read-pair.ts';
import { type ScoringOptions, scoreFiles } from './score-files.ts';

/** What a worker thread answers: errors lose their tag on the way between threads, so they travel as plain data. */
export type WorkerAnswer = { scored: ScoredCase } | { error: PortableError };

/** Runs in a worker thread: scores one pair of files. */
export default async function evaluate(input: { pair: FilePair; options: ScoringOptions }): Promise<WorkerAnswer> {
  try {
    return { scored: await scoreFiles(input.pair, input.options) };
  } catch (error) {
    return { error: toPortable(error) };
  }
}
