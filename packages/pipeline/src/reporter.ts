import type { FolderProgress } from '@nnunet/inference/node';

/** How far a long step is. */
export interface Progress {
  /** What is being done, e.g. "preprocessing 3d_fullres". */
  what: string;
  done: number;
  total: number;
  /** What is at hand: a case, an epoch. */
  note?: string;
  /** Better than the estimate from done and total, where known. */
  secondsLeft?: number;
}

/** Where a long function says what it does. */
export interface Reporter {
  message(text: string): void;
  warning(text: string): void;
  progress(progress: Progress): void;
}

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
