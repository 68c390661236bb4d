import { stat } from 'node:fs/promises';
import type { NnUNetError } from '@nnunet/errors';
import { meanDice } from '@nnunet/metrics/internal';
import { readSummary } from '@nnunet/metrics/node';

/** What the files say about the results of a job. */
export interface JobResults {
  done: boolean;
  /** Mean foreground Dice, of trainings, comparisons and scores. */
  dice?: number;
  /** The error that forbids to run the job, because its results are of another kind than asked for. */
  refusal?: NnUNetError;
}

export const MISSING: JobResults = { done: false };

/** Mean foreground Dice of a summary.json. */
export async function diceIn(summaryFile: string): Promise<number> {
  return meanDice(await readSummary(summaryFile));
}

/** Milliseconds since 1970 of the last change of a file; 0 if there is none. */
export async function timeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.mtimeMs ?? 0;
}

/** Whether two lists without repetitions have the same items. */
export function sameSet<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}
