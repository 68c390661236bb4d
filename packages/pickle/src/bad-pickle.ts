import { isNnUNetError, NnUNetError } from '@nnunet/errors';

export interface BadPickleDetails {
  what: string;
  /** File name for the message. */
  where: string | undefined;
  /** Offset of the instruction that failed; −1 if a whole value is invalid. */
  offset: number;
  /** Whether the bytes ended too early, so that more of them might be readable. */
  truncated?: boolean;
  cause?: unknown;
}

/** The only error for a pickle that is damaged, malicious or unsupported; tag 'bad-pickle'. */
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

/** Whether a value is the error thrown by {@link readPickle}. */
export function isBadPickle(value: unknown): value is BadPickle {
  return isNnUNetError(value, 'bad-pickle');
}

/** Describes a problem where the offset is unknown; the reader adds it. */
export class PickleFault extends Error {
  readonly truncated: boolean;

  constructor(what: string, truncated = false) {
    super(what);
    this.truncated = truncated;
  }
}
