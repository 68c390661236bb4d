import type { Summary } from '@nnunet/metrics';
import { nameOfCase } from '@nnunet/metrics/internal';

/** Name of the file with the scores of a folder. */
export const SUMMARY = 'summary.json';

/** Ids of the cases of a summary. */
export function casesIn({ results }: Summary): string[] {
  return results.all.map(({ test }) => nameOfCase(test));
}
