import type { FolderProgress } from '@nnunet/inference/node';

/** Progress of a long step. */
export interface Progress {
  /** The current step, e.g. "preprocessing 3d_fullres". */
  what: string;
  done: number;
  total: number;
  /** The current item: a case, an epoch. */
  note?: string;
  /** If known: more accurate than the estimate from done and total. */
  secondsLeft?: number;
}

/** Receives a long-running function's messages, warnings and progress. */
export interface Reporter {
  message(text: string): void;
  warning(text: string): void;
  progress(progress: Progress): void;
}

/** Makes the progress report while cases are predicted; a case counts once it is complete. */
export function caseProgress(what: string, { caseId, casesDone, cases, share, secondsLeft }: FolderProgress): Progress {
  return {
    what,
    done: casesDone + Math.floor(share),
    total: cases,
    note: caseId,
    secondsLeft: secondsLeft ?? undefined,
  };
}
