import type { ErrorTag } from './error-tags.ts';

/** What an error tells the user: what is wrong, where, and what to do about it. */
export interface ErrorDetails {
  /** One sentence: what is wrong. */
  what: string;
  /** The affected file, folder or argument. */
  where?: string;
  /** What to do about it. */
  remedy?: string;
  cause?: unknown;
}

/**
 * Base of all errors that a caller may want to handle. Recognise them by their tag with {@link isNnUNetError}, never by
 * `instanceof`, so that two copies of this package can coexist.
 */
export class NnUNetError extends Error {
  readonly nnunet = true;
  /** Identifies the situation, e.g. 'usage', 'missing-file', 'bad-nifti'; see {@link ERROR_TAGS}. */
  readonly tag: ErrorTag;
  /** The sentence alone; `message` also contains the place before it and the remedy after it. */
  readonly what: string;
  readonly where: string | undefined;
  readonly remedy: string | undefined;

  constructor(tag: ErrorTag, { what, where, remedy, cause }: ErrorDetails) {
    super([where === undefined ? what : `${where}: ${what}`, remedy].filter(Boolean).join('\n  '), { cause });
    this.name = 'NnUNetError';
    this.tag = tag;
    this.what = what;
    this.where = where;
    this.remedy = remedy;
  }
}

/** Whether a value is an NnUNetError, with the given tag if there is one. */
export function isNnUNetError(value: unknown, tag?: ErrorTag): value is NnUNetError {
  return (
    value instanceof Error &&
    (value as Partial<NnUNetError>).nnunet === true &&
    (tag === undefined || (value as NnUNetError).tag === tag)
  );
}

/** Creates the error for wrong use of a command or function; commands exit with 2. */
export function usageError(details: ErrorDetails): NnUNetError {
  return new NnUNetError('usage', details);
}
