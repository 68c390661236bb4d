import { stat } from 'node:fs/promises';
import type { NnUNetError } from '@nnunet/errors';

/** What the files say about the results of a job. */
export interface JobResults {
  done: boolean;
  /** Mean foreground Dice, of trainings, comparisons and scores. */
  dice?: number;
  /** The error that forbids to run the job, because its results are of another kind than asked for. */
  refusal?: NnUNetError;
}

export const MISSING: JobResults = { done: false };

/** Milliseconds since 1970 of the last change of a file; 0 if there is none. */
export async function timeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.mtimeMs ?? 0;
}

/** Whether two lists without repetitions have the same items. */
export function sameSet<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}
