import { counted } from './in-words.ts';
import { messageOf } from './message-of.ts';
import { NnUNetError } from './nnunet-error.ts';

/** A case or file, out of many, that could not be processed. */
export interface CaseFailure {
  /** Name of the case or its file. */
  name: string;
  error: unknown;
}

export interface FailedOf {
  /** Total number of cases. */
  total: number;
  /** Singular noun for a case. Default: 'case'. */
  noun?: string;
  /** What happened to the other cases, and what to do now. */
  remedy?: string;
}

/** Creates the error for a run over many cases in which some failed; it names each failed case with its reason. */
export function casesFailed(failures: readonly CaseFailure[], { total, noun = 'case', remedy }: FailedOf): NnUNetError {
  const reasons = failures.map(({ name, error }) => {
    const message = messageOf(error);
    return `- ${(isNamed(message, name) ? message : `${name}: ${message}`).replaceAll('\n', '\n  ')}`;
  });
  const others = failures.length < total ? 'The others are done. ' : '';
  return new NnUNetError('cases-failed', {
    what: `${failures.length} of ${counted(total, noun)} failed:\n${reasons.join('\n')}`,
    remedy: remedy ?? `${others}Correct these and run the command again.`,
    cause: failures.map(({ error }) => error),
  });
}

/** Whether the place at the start of a message is the case, or one of its files. */
function isNamed(message: string, name: string): boolean {
  const [place, rest] = message.split(': ', 2);
  if (rest === undefined) return false;
  return place!
    .split(/[\s/]+/)
    .some((word) => word === name || word.startsWith(`${name}.`) || word.startsWith(`${name}_`));
}
