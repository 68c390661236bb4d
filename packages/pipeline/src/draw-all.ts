import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { casesFailed } from '@nnunet/errors/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import type { Reporter } from './reporter.ts';

export interface DrawAllOptions<Case> {
  outputFolder: string;
  /** Cases drawn at the same time. */
  workers: number;
  /** Draws a case to the path of its picture. */
  draw(one: Case, output: string): Promise<void>;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Draws cases to `<out>/<id>.png`. If a case fails, the others are still drawn, and its picture from an earlier run is
 * deleted.
 *
 * @throws NnUNetError 'cases-failed' at the end, naming the cases; 'usage', 'disk-full'; the signal's reason when
 * aborted
 */
export async function drawAll<Case extends { id: string }>(
  cases: readonly Case[],
  { outputFolder, workers, draw, reporter, signal }: DrawAllOptions<Case>,
): Promise<void> {
  const pictureOf = (id: string) => join(outputFolder, `${id}.png`);
  const outcomes = await settleBounded(cases, (one) => draw(one, pictureOf(one.id)), {
    width: workers,
    signal,
    onProgress: ({ item, done, total }) => reporter.progress({ what: 'drawing', done, total, note: item.id }),
  });
  const { failed } = splitOutcomes(cases, outcomes, ({ id }) => id);
  if (failed.length === 0) return;
  for (const { name } of failed) await rm(pictureOf(name), { force: true });
  throw casesFailed(failed, { total: cases.length });
}
