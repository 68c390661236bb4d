import { counted } from './in-words.ts';
import { NnUNetError } from './nnunet-error.ts';

/** One of many cases or files that could not be worked on. */
export interface CaseFailure {
  /** Of the case or its file. */
  name: string;
  error: unknown;
}

export interface FailedOf {
  /** Cases that there are. */
  total: number;
  /** What a case is called, in the singular; 'case'. */
  noun?: string;
  /** What was done with the others, and what to do now. */
  remedy?: string;
}

/** The error at the end of work on many cases, some of which failed while the others were done: names each with its reason. */
export function casesFailed(failures: readonly CaseFailure[], { total, noun = 'case', remedy }: FailedOf): NnUNetError {
  const reasons = failures.map(({ name, error }) => {
    const message = error instanceof Error ? error.message : String(error);
    return `- ${(isNamed(message, name) ? message : `${name}: ${message}`).replaceAll('\n', '\n  ')}`;
  });
  return new NnUNetError('cases-failed', {
    what: `${failures.length} of ${counted(total, noun)} failed:\n${reasons.join('\n')}`,
    remedy: remedy ?? 'The others are done. Correct these and run the command again.',
    cause: failures.map(({ error }) => error),
  });
}

/** Whether the place that a message begins with is the case, or a file of it. */
function isNamed(message: string, name: string): boolean {
  const [place, rest] = message.split(': ', 2);
  if (rest === undefined) return false;
  return place!
    .split(/[\s/]+/)
    .some((word) => word === name || word.startsWith(`${name}.`) || word.startsWith(`${name}_`));
}
