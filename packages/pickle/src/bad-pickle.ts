import { isNnUNetError, NnUNetError } from '@nnunet/errors';

export interface BadPickleDetails {
  what: string;
  /** The file, for the message. */
  where: string | undefined;
  /** Byte of the instruction that failed; −1 where a whole value is meant. */
  offset: number;
  /** The bytes ended too early: with more of them it might be read. */
  truncated?: boolean;
  cause?: unknown;
}

/** The one error of a pickle that is damaged, hostile or of an unknown kind; tag 'bad-pickle'. */
export class BadPickle extends NnUNetError {
  readonly offset: number;
  readonly truncated: boolean;

  constructor({ what, where, offset, truncated = false, cause }: BadPickleDetails) {
    super('bad-pickle', {
      what: offset < 0 ? what : `cannot be read as a pickle: ${what} (at byte ${offset})`,
      where,
      remedy: truncated
        ? 'The file is cut off. Copy it or make it again.'
        : 'The file is damaged, or contains more than plain data and arrays. Make it again, or convert it in Python.',
      cause,
    });
    this.offset = offset;
    this.truncated = truncated;
  }
}

/** True for the error of {@link readPickle}. */
export function isBadPickle(value: unknown): value is BadPickle {
  return isNnUNetError(value, 'bad-pickle');
}

/** What is wrong, thrown where the place is not known; the reader adds it. */
export class PickleFault extends Error {
  readonly truncated: boolean;

  constructor(what: string, truncated = false) {
    super(what);
    this.truncated = truncated;
  }
}
