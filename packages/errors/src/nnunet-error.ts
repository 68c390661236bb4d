import type { ErrorTag } from './error-tags.ts';

/** What an error tells a person: what is wrong, where, and what to do about it. */
export interface ErrorDetails {
  /** One sentence: what is wrong. */
  what: string;
  /** The file, folder or argument that it concerns. */
  where?: string;
  /** What to do about it. */
  remedy?: string;
  cause?: unknown;
}

/**
 * The one family of errors that a caller may want to handle. They are recognised by their tag with
 * {@link isNnUNetError}, never by `instanceof`, so that two copies of this package do not disturb each other.
 */
export class NnUNetError extends Error {
  readonly nnunet = true;
  /** Names the situation, e.g. 'usage', 'missing-file', 'bad-nifti'; see {@link ERROR_TAGS}. */
  readonly tag: ErrorTag;
  /** The sentence alone; `message` has the place before it and the remedy after it. */
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

/** True for an error of this family, of the given tag if one is given. */
export function isNnUNetError(value: unknown, tag?: ErrorTag): value is NnUNetError {
  return (
    value instanceof Error &&
    (value as Partial<NnUNetError>).nnunet === true &&
    (tag === undefined || (value as NnUNetError).tag === tag)
  );
}

/** Wrong use of a command or function: a command exits with 2. */
export function usageError(details: ErrorDetails): NnUNetError {
  return new NnUNetError('usage', details);
}
