import type { FolderProgress } from '@nnunet/inference/node';
import type { Progress } from './reporter.ts';

/** What is told while cases are predicted: a case counts once all of it is. */
export function caseProgress(what: string, { caseId, casesDone, cases, share, secondsLeft }: FolderProgress): Progress {
  return {
    what,
    done: casesDone + Math.floor(share),
    total: cases,
    note: caseId,
    secondsLeft: secondsLeft ?? undefined,
  };
}
